"""The table at the end of a test run."""

import re
import subprocess
import sys


def test_the_table_adds_up_and_begins_with_the_slowest(tmp_path):
    for name, seconds in (("test_fast.py", 0.0), ("test_slow.py", 0.2)):
        (tmp_path / name).write_text(
            "import time\nimport pytest\n\n"
            f"@pytest.fixture\ndef wait():\n    time.sleep({seconds})\n\n"
            f"@pytest.mark.parametrize('k', [1, 2])\ndef test(wait, k):\n    time.sleep({seconds})\n")
    run = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "utils.durations", "."],
                         cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
    rows = re.findall(r"^ *([\d.]+) s +(\d+) tests  (\S+)$", run.stdout, re.MULTILINE)
    assert [(tests, file) for _, tests, file in rows] == [
        ("2", "test_slow.py"), ("2", "test_fast.py"), ("4", "together")]
    seconds = [float(s) for s, _, _ in rows]
    assert seconds[0] >= 0.8 and seconds[2] >= seconds[0]      # set-up counts, too
