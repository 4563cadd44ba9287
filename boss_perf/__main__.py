"""`python -m boss_perf` and the console script."""

import sys


def main() -> None:
    """Run the command line; the process ends with the status that `errors.ExitStatus` names."""
    from boss_perf.cli.app import build_app, speak_plainly

    speak_plainly(sys.stdout, sys.stderr)
    build_app()()


if __name__ == "__main__":
    main()
