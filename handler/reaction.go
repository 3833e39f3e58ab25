package handler

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Reaction adds emoji to every message that contains one of its words, as a whole word
// and in any case.
type Reaction struct {
	Words []string // words or phrases
	Emoji []string // names without colons, added in this order
	// Mentioned has it react only when the bot is spoken to, by a mention or in
	// a direct message.
	Mentioned bool
	// OneIn has it react to one message in so many; 0 and 1 mean to every one. The
	// message decides, so that a message that is handled again gets the same result.
	OneIn    int
	Examples []Example
}

// Name returns a name such as reaction to "tea", "cuppa", with all words.
func (r Reaction) Name() string { return `reaction to "` + strings.Join(r.Words, `", "`) + `"` }

func (r Reaction) declare(b *builder) []error {
	id := b.add(matcher{
		onlyAddressed: r.Mentioned, reacts: true, oneIn: r.OneIn,
		run: func(ctx context.Context, _ Message, _ string, to Responder) error {
			for _, emoji := range r.Emoji {
				if err := to.React(ctx, emoji); err != nil {
					return err
				}
			}
			return nil
		},
	}, Info{
		Kind: ReactionInfo, Trigger: first(r.Words), Aliases: rest(r.Words), Emoji: r.Emoji,
		Mentioned: r.Mentioned, OneIn: r.OneIn, Examples: r.Examples,
	})
	var errs []error
	if len(r.Words) == 0 {
		errs = append(errs, errors.New("wants a word to react to"))
	}
	own := map[string]int{} // several reactions may share a word
	for _, w := range r.Words {
		errs = append(errs, b.listen(own, w, id))
	}
	if len(r.Emoji) == 0 {
		errs = append(errs, errors.New("wants an emoji"))
	}
	for _, emoji := range r.Emoji {
		if !isEmoji(emoji) {
			errs = append(errs, fmt.Errorf("emoji %q: want a name such as tada, in lower case and without colons", emoji))
		}
	}
	if r.OneIn < 0 {
		errs = append(errs, fmt.Errorf("OneIn %d: want 0, or the number of messages of which one is reacted to", r.OneIn))
	}
	return errs
}

// isEmoji reports whether a text can be the name of an emoji.
func isEmoji(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.In(r, unicode.Ll, unicode.Lo) && (r < '0' || r > '9') && !strings.ContainsRune("_+'-", r)
	})
}
