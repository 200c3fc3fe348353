"""What a web process has done before its first request."""

import subprocess
import sys

SAID = "import gc, sys, portal.wsgi; print(gc.get_freeze_count(), *sys.modules)"


def test_all_views_are_loaded_and_out_of_the_way_of_the_collector() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SAID], capture_output=True, text=True, check=True, timeout=120
    )

    kept, *modules = done.stdout.split()

    assert int(kept) > 10_000
    assert {"registration.views.counter", "outlets.views.channel"} <= {*modules}
    # OpenCV is a worker's: a web process that carried it would weigh twice as much.
    assert "cv2" not in modules
