"""What the evidence means for the promises: pure, so that a stored run is judged like a fresh one."""

from boss_perf.judge.judgement import exit_status, judge
from boss_perf.judge.promises.changes import contradictions

__all__ = ["contradictions", "exit_status", "judge"]
