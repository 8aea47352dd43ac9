"""The console script's entry point, kept apart so that `python -m callwright` is the same command."""


def main() -> None:
    from callwright.cli import cli

    cli(prog_name="callwright")


if __name__ == "__main__":
    main()
