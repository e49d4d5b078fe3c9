# FP_ADD_FLAG(VARIABLE, FLAG, [IF-REFUSED]): adds a flag that the compiler takes and can link with
AC_DEFUN([FP_ADD_FLAG],
  [AC_MSG_CHECKING([whether $CC takes $2])
   fp_saved_cflags=$CFLAGS
   CFLAGS="$CFLAGS -Werror $2"
   AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
     [AC_MSG_RESULT([yes])
      $1="$$1 $2"],
     [AC_MSG_RESULT([no])
      $3])
   CFLAGS=$fp_saved_cflags])

# FP_LACKS(WHAT, DEBIAN, FEDORA): notes what is missing and the packages that have it
AC_DEFUN([FP_LACKS],
  [fp_missing="$fp_missing
  $1: install $2 (Debian) or $3 (Fedora)"])
