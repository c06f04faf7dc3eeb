"""Makes src/common_passwords.txt: the 10,000 commonest of the list in Django 5.2.19 (PyPI, BSD-3-Clause), sorted.

Django's list stands in the order of frequency, is in lower case and has no duplicates (Royce Williams made it from
the hashes of Have I Been Pwned).

    pip download --no-deps django==5.2.19
    python common-passwords.py django-5.2.19-py3-none-any.whl > ../../src/common_passwords.txt
"""

import gzip
import sys
import zipfile

with zipfile.ZipFile(sys.argv[1]) as wheel:
    text = gzip.decompress(wheel.read("django/contrib/auth/common-passwords.txt.gz")).decode()

passwords = text.splitlines()[:10_000]
assert passwords[:3] == ["123456", "123456789", "qwerty"], "no longer in the order of frequency"
assert len(set(passwords)) == 10_000 and all(word == word.strip().lower() != "" for word in passwords)
# By code point, which is the order of the bytes too: what the binary search counts on.
print("\n".join(sorted(passwords)))
