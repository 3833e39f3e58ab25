package config

import (
	"reflect"
	"slices"
	"strings"
)

// SecretWarning says what is wrong with a secret. It names variables, never values.
type SecretWarning struct{ Message, Fix string }

func (w SecretWarning) String() string { return w.Message + "; " + w.Fix }

// SecretWarnings returns a warning for each secret that is used for two purposes, of which a
// leak of one would open the other, and for each token that could be guessed.
func (c Config) SecretWarnings() []SecretWarning {
	type use struct{ name, value string }
	var uses []use
	var list []SecretWarning
	for field, value := range reflect.ValueOf(c).Fields() {
		name := variable(field).Name
		for _, v := range secretValues(value.Interface()) {
			for _, other := range uses {
				if other.value == v && other.name != name {
					list = append(list, SecretWarning{
						other.name + " and " + name + " have the same value", "give each its own, so that a leak of one does not open the other",
					})
				}
			}
			uses = append(uses, use{name, v})
			if _, ours := value.Interface().(Tokens); ours && weak(v) {
				list = append(list, SecretWarning{name + " could be guessed: it repeats itself", "make one with openssl rand -hex 32"})
			}
		}
	}
	slices.SortFunc(list, func(a, b SecretWarning) int { return strings.Compare(a.Message, b.Message) })
	return slices.Compact(list)
}

// secretValues returns the secrets that a field of Config holds, except addresses.
func secretValues(field any) []string {
	var list []string
	switch v := field.(type) {
	case Tokens:
		list = v.Reveal()
	case Secrets:
		list = v.Reveal()
	case BotToken:
		list = []string{v.Reveal()}
	case AppToken:
		list = []string{v.Reveal()}
	case APIKey:
		list = []string{v.Reveal()}
	}
	return slices.DeleteFunc(list, func(value string) bool { return value == "" })
}

// fewestCharacters is how many different characters a token has at least. 32 random
// hexadecimal digits have fewer than 8 in one of 28 million cases.
const fewestCharacters = 8

// weak reports whether a token has few different characters, or is a shorter text repeated.
func weak(token string) bool {
	different := map[rune]bool{}
	for _, r := range token {
		different[r] = true
	}
	return len(different) < fewestCharacters || strings.Contains((token + token)[1:2*len(token)-1], token)
}
