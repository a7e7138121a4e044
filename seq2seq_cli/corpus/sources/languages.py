"""The codes that languages have in the names of files and columns."""

_TWO_LETTERS = """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz
    ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik
    io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml
    mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd
    se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi
    vo wa wo xh yi yo za zh zu
"""
_THREE_LETTERS = """
    afr amh ara asm aze bel ben bos bre bul cat ceb ces chi cmn cym cze dan deu dut ell eng epo est eus fao
    fas fin fra fre gle glg gre guj hau heb hin hrv hun hye ibo ice ind isl ita jav jpn kan kat kaz khm kin
    kir kor kur lao lat lav lit ltz mal mar mkd mlg mlt mon mya nep nld nno nob nor ori pan per pol por pus
    ron rum rus slk slo slv som spa sqi srp swa swe tam tel tgk tgl tha tuk tur uig ukr urd uzb vie wol xho
    yid yor yue zho zul
"""

LANGUAGES = frozenset((_TWO_LETTERS + _THREE_LETTERS).split())
"""ISO 639-1, and the codes of three letters that corpora use."""
