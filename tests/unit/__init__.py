"""Fast tests of single modules, with nothing installed beside Python."""
