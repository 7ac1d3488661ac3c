"""Which key of a Latin keyboard a letter of another script stands on, so that a command is the same place everywhere.

For terminals that do not tell the place by themselves. Each table is the layout that most systems come with; where two
scripts' layouts put one letter in two places, the more common one counts.
"""

__all__ = ["latin_key"]

_PLACES = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_SHIFTED = 'QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>~'
_LAYOUTS = (
    ("йцукенгшщзхъфывапролджэячсмитьбюё", "ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЁ"),  # Russian
    ("йцукенгшщзхїфівапролджєячсмитьбюґ", "ЙЦУКЕНГШЩЗХЇФІВАПРОЛДЖЄЯЧСМИТЬБЮҐ"),  # Ukrainian
    ("йцукенгшўзх'фывапролджэячсмітьбюё", "ЙЦУКЕНГШЎЗХ'ФЫВАПРОЛДЖЭЯЧСМІТЬБЮЁ"),  # Belarusian
    ("љњертзуиопшђасдфгхјклчћѕџцвбнм,.`", "ЉЊЕРТЗУИОПШЂАСДФГХЈКЛЧЋЅЏЦВБНМ;:~"),  # Serbian, Macedonian
    (";ςερτυθιοπ[]ασδφγηξκλ΄'ζχψωβνμ,.`", ':ΣΕΡΤΥΘΙΟΠ{}ΑΣΔΦΓΗΞΚΛ¨"ΖΧΨΩΒΝΜ<>~'),  # Greek
    ("/'קראטוןםפ][שדגכעיחלךף,זסבהנמצתץ;", _SHIFTED),  # Hebrew
    ("ضصثقفغعهخحجدشسيبلاتنمكطئءؤر ىةوزذ", _SHIFTED),  # Arabic; B is two letters
    (
        "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ[]ㅁㄴㅇㄹㅎㅗㅓㅏㅣ;'ㅋㅌㅊㅍㅠㅜㅡ,.`",
        'ㅃㅉㄸㄲㅆㅛㅕㅑㅒㅖ{}ㅁㄴㅇㄹㅎㅗㅓㅏㅣ:"ㅋㅌㅊㅍㅠㅜㅡ<>~',
    ),  # Korean
)
_LATIN: dict[str, str] = {}
for _plain, _shifted in reversed(_LAYOUTS):
    for _letters, _keys in ((_shifted, _SHIFTED), (_plain, _PLACES)):
        _LATIN.update((letter, key) for letter, key in zip(_letters, _keys, strict=False) if not letter.isascii())


def latin_key(letter: str) -> str | None:
    """The character that the key of `letter` gives on a Latin keyboard; None where it is not known, or is Latin."""
    return _LATIN.get(letter)
