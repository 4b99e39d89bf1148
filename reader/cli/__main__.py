"""``python -m reader.cli`` is ``postil``, for where no script was installed."""

from reader.cli import main

if __name__ == "__main__":
    main(prog_name="postil")
