"""A document with every construct that the message log draws."""

__all__ = ["GALLERY"]

GALLERY = '''# A title with *emphasis*

Plain text with **strong**, *emphasised*, ***both***, ~~struck~~ and `inline code`, long enough to be wrapped at every
width. A hard break ends this line\\
and [a link](https://example.com/a/long/path?with=a&q=1) or <https://example.org> follows, then [a later one][later].

## Lists

- one
- two, whose text is long enough to be wrapped so that one sees where its second line begins, which is under its first
  - nested
    1. ordered
    2. still
- [ ] to do
- [x] done

9. nine

10. ten

    with a second paragraph

### Quotes

> Somebody said this, and said it at such length that it has to be wrapped to fit.
>
> > Somebody else had said it before.
> > - in a list

| Item | Count | Note |
|:-----|------:|:----:|
| apples | 12 | fresh |
| oranges | 1,234 | a note that is long enough to make the table wider than a narrow screen can show |
| `code` | **7** | 日本語 |

```python
@cache
def area(radius: float) -> float:
    """Of a circle."""  # this comment is so long that the line has to be cut somewhere at sixty and eighty columns
    return 3.14 * radius**2 if radius else None
```

```
no language
```

    indented code

---

Setext heading
--------------

日本語の文章は単語の間に空白がありません。それでも行は折り返されます。「括弧」も正しく扱われます。 👩‍👩‍👧‍👦 🇨🇭 é

עברית נכתבת מימין לשמאל and <b>HTML</b> &amp; [markup] stay text.
A_very_long_word_that_has_no_space_in_it_and_goes_on_and_on_until_it_has_to_be_cut

[later]: https://example.net
'''
