package send

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxName is how many bytes of a field's name are quoted.
const maxName = 64

// name returns a field's name as it is written in the documentation, such as "opts.silent".
func name(p jsontext.Pointer) string {
	var names []string
	for token := range p.Tokens() {
		names = append(names, token)
	}
	if len(names) == 0 {
		return "of the whole"
	}
	return quote(strings.Join(names, "."))
}

func quote(name string) string {
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "") + "…"
	}
	return strconv.Quote(name)
}

func at(offset int64) string { return fmt.Sprintf(" at byte %d", offset) }
