"""What every kind of reader says in the same words: what is wrong, then what to do."""

from typing import Final

from outlets.frames import FrameError

LAY_AGAIN: Final = "请把证件拿起来，重新放好，等提示读完再拿走。"
NO_CARD: Final = "没有等到证件。请把证件拿起来，重新平放在读卡器上，再点一次读卡。"
SELF_TEST: Final = "读卡器自检没有通过。请拔下读卡器再插上；还不行请报修。"
WRONG_CARD: Final = str(FrameError("card_type"))
