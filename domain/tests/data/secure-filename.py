"""Makes secure-filename.tsv: what werkzeug 3.1.9 (PyPI, BSD-3-Clause) makes of file names, on Linux, Python 3.11.

Columns: the name and werkzeug's answer, both as JSON strings in ASCII.

    python3 -m venv venv && venv/bin/pip install werkzeug==3.1.9
    venv/bin/python secure-filename.py > secure-filename.tsv
"""

import json
import os
import random

from werkzeug.utils import secure_filename

assert os.sep == "/" and os.path.altsep is None, "the answers are those of Linux"

names = [
    "", ".", "..", "...", "/", "//", "_", "__", "-", "--", "._.", " ", "\t\n", "a", "A", "0", ".a", "a.", "_a_", "-a-", "a..b", "a__b",
    "cat.png", "My cool movie.mov", "../../../etc/passwd", "i contain cool ümläuts.txt", "CON.jpg", "con", "NUL", "aux.png", "COM1.gif",
    "LPT9", "holiday photo.JPG", "  padded name .png  ", "日本.jpg", "日本", "日本.tar.gz", "фото.png", "صورة.png", "🙂.png", "a🙂b.png",
    "C:\\Users\\me\\cat.png", "\\\\server\\share\\cat.png", "..\\..\\cat.png", "a/b/c.png", "/a/b/", "a//b", "./a", "a/./b", "a/../b",
    "~/.ssh/id_rsa", ".htaccess", ".git/config", "a;rm -rf ~.png", "$(id).png", "`id`.png", "a|b.png", "a&b.png", "a<script>.png",
    "a\"b'.png", "a?b#c.png", "a%2fb.png", "%2e%2e%2fcat.png", "a*b.png", "a:b.png", "cat.png\x00.exe", "\x00", "a\x7fb", "a\x1bb",
    "a\nb.png", "a\r\nSet-Cookie: x.png", "a\tb\x0bc\x0cd", "a\x1cb\x1dc\x1ed\x1fe", "a\x85b", "a\u00a0b", "a\u2003b", "a\u3000b", "a\u2028b\u2029c",
    "a\u200bb", "a\ufeffb", "a\u202egnp.exe", "a\u2024png", "\u2025/cat", "\u2026", "a\uff0fb", "a\uff3cb", "\uff0e\uff0e\uff0fcat", "a\u2044b", "a\u2215b",
    "ﬁle.png", "①②③.png", "ℌello.png", "ＦＵＬＬ.ＰＮＧ", "½.png", "x²y³.png", "Åse.jpg", "A\u030ase.jpg", "ǆ.png", "Ǆ", "ß.png", "ẞ.png",
    "İstanbul.png", "ı.png", "ñandú.gif", "Ἀθῆναι.png", "한글.png", "한글", "が.png", "ｶﾞ.png", "㎏.png", "㏂.png", "℀.png", "℅",
    "™®©.png", "№5.png", "ﷺ.png", "ﷲ", "€10.png", "a\u0301\u0327.png", "\u0301.png", "Z\u0351\u036b\u0343algo.png", "\U0001d4d7ello.png",
    "\U0001f100.png", "\U0001f12b", "\U0002f800.png", "\U000e0041.png", "\u2460.\u2461", "a\u0345.png", "K.png", "Å.png", "ſ.png", "ﬅ.png",
    "._cat.png", "cat.png._", "._._cat._._", "__init__.py", "-rf", "--help", "a - b.png", "a . b", " . ", "a _ b", "_ a _", "! !", "a ! b",
    "a !", "! a", "!.png", "!.!", "@#$%^&*()", "名前 に 空白.png", "  ", "a" * 199, "a" * 200, "a" * 201, "a" * 300 + ".png", "b." + "c" * 300,
    "/" * 50 + "a", "a/" * 60, "." * 300 + "a", "a" + "." * 300, "_" * 300, "日" * 300 + ".png", "ﷺ" * 20 + ".png",
]

# Every character of ASCII, Latin-1 and what stands in the places that a decomposition may surprise in.
for code in [*range(0x00, 0x100), 0x1680, *range(0x2000, 0x2070), *range(0x2100, 0x2150), *range(0xFB00, 0xFB07), *range(0xFF01, 0xFF20)]:
    names.append(f"a{chr(code)}b.png")

generator = random.Random(20261122)
alphabet = list("abcXYZ019") + list("._-/\\ ") * 2 + list("\t\n\x0b\x1c\x1f\x00!@#") + list("éüﬁ①½／．　\u00a0\u2024\u0301日ﷺ🙂")
for _ in range(400):
    names.append("".join(generator.choices(alphabet, k=generator.randint(1, 24))))

for name in dict.fromkeys(names):
    print(json.dumps(name), json.dumps(secure_filename(name)), sep="\t")
