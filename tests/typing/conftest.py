"""What type checkers read is not run."""

collect_ignore = ["mistakes.py", "program.py"]
