"""Texts as they are compared: half width, capital letters, simplified forms, no blanks."""

import unicodedata
from functools import lru_cache
from typing import Final

# What stands in names and addresses, each traditional form before its simplified one. A model
# mixes them up without being wrong: 号 and 號 are one character to a reader.
_PAIRS: Final = (
    "張张陳陈劉刘楊杨黃黄趙赵吳吴孫孙馬马羅罗鄭郑許许謝谢韓韩馮冯鄧邓蕭萧蔣蒋葉叶閻阎蘇苏盧卢鐘钟鍾钟賈贾韋韦鄒邹陸陆譚谭範范賴赖龍龙萬万錢钱湯汤龔龚龐庞顧顾賀贺嚴严"
    "倉仓紀纪聶聂齊齐魯鲁畢毕喬乔項项駱骆歐欧塗涂連连祿禄應应懷怀潔洁麗丽華华國国強强偉伟軍军東东紅红蘭兰鳳凤鵬鹏飛飞輝辉麥麦傑杰榮荣樂乐歡欢義义禮礼禎祯瑋玮瑩莹瓊琼"
    "環环璽玺嬌娇嬋婵嫻娴嵐岚峽峡島岛巒峦幹干廣广廟庙廠厂彥彦徑径從从復复憶忆懇恳戰战戲戏擇择揚扬換换撫抚攝摄敵敌數数斷断於于時时晉晋暉晖曉晓曄晔書书會会條条楓枫樓楼"
    "樹树橋桥機机檢检櫻樱權权歲岁歷历殘残漢汉滿满潤润澤泽濤涛濱滨瀾澜灣湾營营燁烨燈灯燦灿爐炉爭争爾尔獻献獎奖現现畫画當当療疗發发監监盤盘確确種种積积稱称穎颖穩稳競竞"
    "筆笔節节簡简簽签籃篮籌筹糧粮純纯紋纹納纳紹绍終终組组細细絡络給给統统經经綠绿維维綱纲網网綺绮緒绪線线編编縣县總总織织繼继續续纖纤聖圣聞闻聯联聰聪聲声職职肅肃興兴"
    "舉举艷艳莊庄葦苇蓋盖蓮莲藍蓝藝艺藥药蘊蕴虛虚號号蝦虾補补裝装規规視视親亲覺觉覽览觀观計计訂订記记訓训訊讯設设訪访証证評评詠咏詩诗話话該该詳详誠诚誌志認认語语說说"
    "課课調调諒谅論论諾诺謙谦講讲證证識识譜谱議议護护讓让豐丰貞贞財财貢贡貨货貴贵買买費费貿贸資资賓宾賢贤質质贊赞贏赢軒轩輔辅輪轮轉转辦办農农達达違违遠远適适遷迁選选"
    "遼辽郵邮鄉乡鄰邻醫医釗钊鈞钧鈺钰銀银銘铭銳锐鋒锋鋼钢錄录錦锦鍵键鎖锁鎮镇鏡镜鐵铁鑒鉴長长門门開开間间閃闪閩闽關关陽阳陰阴隊队階阶際际險险隨随雙双雜杂難难雲云電电"
    "霧雾靈灵靜静頂顶順顺預预領领頭头題题顏颜願愿類类顯显風风飯饭餘余館馆駐驻駿骏驊骅驗验體体魚鱼鮮鲜鴻鸿鵑鹃鶴鹤鷹鹰鹽盐黨党點点齡龄個个倫伦備备傳传傭佣優优儀仪億亿"
    "儉俭兒儿內内兩两冊册凍冻凱凯別别劍剑劑剂動动務务勝胜勞劳勳勋勵励區区協协卻却參参員员問问啟启單单嘯啸圓圆園园圖图團团執执堅坚報报場场塊块塵尘壇坛壓压壘垒壯壮處处"
    "夢梦奪夺奮奋婦妇媽妈孌娈學学寧宁實实審审寫写寬宽寶宝將将專专對对導导屆届層层屬属岡冈崗岗帥帅師师帳帐帶带幣币幫帮幾几庫库廈厦廚厨廳厅彈弹彌弥後后徵征徹彻恆恒愛爱"
    "慶庆慮虑憲宪懸悬戀恋戶户拋抛掛挂採采損损搖摇擁拥擔担據据擬拟擴扩攔拦無无昇升產产眾众碼码稅税窩窝糾纠緣缘縱纵羣群習习聽听臨临臺台萊莱衆众衛卫術术裡里見见託托負负"
    "責责販贩貫贯賜赐賣卖賬账車车軟软較较載载輕轻邊边"
)
_SIMPLE: Final = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
# Whatever stands between the parts of a name, a number's X, and the dashes of a span of dates.
_SAME: Final = (
    dict.fromkeys("·∙•・･●‧⋅▪", "·")
    | dict.fromkeys("×✕✖Х", "X")
    | dict.fromkeys("—–―‐‑−﹣ー", "-")
    | {"。": ".", "、": ",", "﹕": ":", "∶": ":"}
)


@lru_cache(maxsize=8192)
def character(one: str) -> str:
    """What one character becomes: mostly one, none for a blank, sometimes several."""
    one = _SAME.get(one, one)
    wide = unicodedata.normalize("NFKC", one) if one != "·" else one
    plain = "".join(_SIMPLE.get(_SAME.get(c, c), _SAME.get(c, c)) for c in wide.upper())
    return "".join(c for c in plain if c.isprintable() and not c.isspace())


def folded(text: str) -> str:
    return "".join(map(character, text))


def letters(text: str) -> str:
    """Only what carries the meaning: characters, letters and digits."""
    return "".join(one for one in folded(text) if one.isalnum())


def is_common(one: str) -> bool:
    """Whether it is among the 3755 commonest characters (level 1 of GB 2312). Models misread the
    others without knowing it."""
    try:
        high = one.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return 0xB0 <= high <= 0xD7
