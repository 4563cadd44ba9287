"""`python -m boss_perf` and the console script."""


def main() -> None:
    """Run the command line; the process ends with the status that `errors.ExitStatus` names."""
    from boss_perf.cli.app import build_app

    build_app()()


if __name__ == "__main__":
    main()
