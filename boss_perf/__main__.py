"""`python -m boss_perf` and the console script."""

import io
import sys


def main() -> None:
    """Run the command line; the process ends with the status that `errors.ExitStatus` names."""
    # Where the shell closed one, what is said there goes nowhere.
    sys.stdout = sys.stdout or io.StringIO()
    sys.stderr = sys.stderr or io.StringIO()
    if sys.argv[1:] in (["-h"], ["--help"]):
        from boss_perf.cli.front_page import front_page

        sys.stdout.write(front_page())
        return
    from boss_perf.cli.app import build_app
    from boss_perf.cli.streams import speak_plainly

    speak_plainly(sys.stdout, sys.stderr)
    build_app()()


if __name__ == "__main__":
    main()
