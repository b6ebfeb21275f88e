"""Verifies a signed service map with nothing but the standard library, from the words of docs/manifest.md.

usage: verify_map.py KEY < body        prints the canonical text that was signed; exit code 1 if the signature fails
"""

import base64
import hashlib
import hmac
import json
import re
import sys

ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def text(value):
    return '"' + re.sub(r'["\\\x00-\x1f]', lambda m: ESCAPES.get(m[0]) or "\\u%04x" % ord(m[0]), value) + '"'


def number(value):
    """As ECMAScript writes it. repr() gives the same shortest digits, and another layout."""
    value = float(value)
    if value == 0:
        return "0"
    sign, digits, exponent = re.fullmatch(r"(-?)([\d.]+)(?:e([+-]\d+))?", repr(value)).groups()
    whole, _, fraction = digits.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len(digits)
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    mantissa = digits[0] + ("." + digits[1:] if count > 1 else "")
    return "%s%se%+d" % (sign, mantissa, point - 1)


def canonical(value):
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return text(value)
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
    return "{" + ",".join(text(key) + ":" + canonical(inner) for key, inner in members) + "}"


def main():
    document = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    signature = document.pop("signature")
    signed = canonical(document["payload"] if set(document) == {"payload"} else document)
    digest = hmac.new(sys.argv[1].encode(), signed.encode("utf-8"), hashlib.sha256).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    sys.stdout.buffer.write(signed.encode("utf-8"))
    sys.exit(0 if hmac.compare_digest(expected, signature) else 1)


main()
