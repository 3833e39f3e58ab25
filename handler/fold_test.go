package handler

import (
	"strings"
	"testing"
	"unicode"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"  FLIP a\n coin ":                 "flip a coin",
		"caf\u00e9":                        "cafe\u0301",
		"cafe\u0301":                       "cafe\u0301",
		"J\u030c":                          "j\u030c", // which would compose to U+01F0 only in lower case
		"\u01f0":                           "j\u030c",
		"go\u00adrou\u200btine":            "goroutine",
		"\ufefftest\ufe0f\u2060\u202e":     "test",
		"a\ufffdb\xffc\x00d\x7f":           "abcd",
		"e" + strings.Repeat("\u0301", 99): "e" + strings.Repeat("\u0301", maxAccents),
		"\u3164\u2800\u034fa":              "a",
		"“a” «b» „c‟":                      `"a" "b" "c"`,
		"doesn’t ‹a›":                      "doesn't 'a'",
		"N+1 – a—b‑c":                      "n+1 - a-b-c",
		"\u03ac\u0399\u0345\u03b9":         "\u0391\u0301\u0399\u0399\u0399", // the four iotas are one
	} {
		if got := fold(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

func TestBare(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"define goroutine":              "define goroutine",
		"`define goroutine`":            "define goroutine",
		"```\ndefine goroutine\n```":    "define goroutine",
		"*_~define goroutine~_*":        "define goroutine",
		"“define goroutine”?":           "define goroutine?",
		"> define goroutine":            "define goroutine",
		">>> `define` goroutine":        "define goroutine",
		"• `define` `goroutine`":        "define `goroutine`",
		"- *define* *T":                 "define *T",
		"— xkcd:303":                    "xkcd:303",
		"`xkcd:`303":                    "xkcd:303",
		"`xkcd:303 @here`":              "xkcd:303",
		"'define don't'":                "define don't",
		`"define "nil""`:                `define "nil"`,
		`"define nil`:                   "define nil",
		"_define foo_bar_":              "define foo_bar",
		"__define__ foo_bar":            "define foo_bar",
		"*define goroutine *":           "define goroutine",
		"“define ...”":                  "define ...",
		"define foo_":                   "define foo_",
		"define *T":                     "define *T",
		"define `":                      "define `",
		"`define ``":                    "define `",
		"d/foo_bar":                     "d/foo_bar",
		`define "nil"`:                  `define "nil"`,
		"newbie resources @here":        "newbie resources",
		"newbie resources @Channel!":    "newbie resources",
		"a @everyone @all":              "a",
		"a@here":                        "a@here",
		"@here":                         "@here",
		"ask @hereafter":                "ask @hereafter",
		"***":                           "",
		"":                              "",
		"  ":                            "",
		strings.Repeat("`", 9) + "a```": "a",
	} {
		if got := bare(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

// FuzzFold checks the promises of the forms in which texts are compared.
func FuzzFold(f *testing.F) {
	for _, said := range []string{
		"`define` *goroutine*", "_\u0345\u03b9J\u030c_", "a @here`? @here", "“«‘x’»”", ">>> • - `a`b`", "\u1fb3\u0345\u0301", "\xff\ufffd\u00ad",
		"ŉ ǰ ẖ ΐ ΰ և ẞ İ ı K Å Ω", "\u1100\u1161\u11a8 각", "'''a''' ''' b", "_a_b_ @all.", "\"a\u033c\"\u0322", ">)7 -` `>", "2 @here? @here", "\u037e\u1fef\u2000",
	} {
		f.Add(said)
	}
	f.Fuzz(func(t *testing.T, said string) {
		folded := fold(said)
		if again := fold(folded); again != folded {
			t.Errorf("%q is folded to %q, and that to %q", said, folded, again)
		}
		key := commandKey(folded)
		if again := commandKey(fold(key)); again != key {
			t.Errorf("%q has the key %q, and that %q", said, key, again)
		}
		text := readable(said)
		core := bare(text)
		if again := bare(core); again != core {
			t.Errorf("%q is bared to %q, and that to %q", said, core, again)
		}
		if fold(core) != foldRunes(collapse(core)) || len([]rune(collapse(core))) != len([]rune(fold(core))) {
			t.Errorf("%q: its places do not match those of its folded form %q", core, fold(core))
		}
		for _, r := range folded {
			if unicode.In(r, unicode.Cc, unicode.Cf) || r == unicode.ReplacementChar {
				t.Errorf("%q: %U is left in %q", said, r, folded)
			}
		}
	})
}
