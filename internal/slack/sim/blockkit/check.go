// Package blockkit checks blocks and views against Slack's limits, and keeps the values that people
// give their elements.
//
// It knows Block Kit. It must not know workspaces, transports or the Web API. Objects are kept as they
// were decoded, since payloads show an app its own fields again.
// Source: https://docs.slack.dev/reference/block-kit
package blockkit

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Object is a decoded JSON object.
type Object = map[string]any

// Surface is a place for blocks.
type Surface string

// The surfaces.
const (
	Message Surface = "message"
	Modal   Surface = "modal"
	Home    Surface = "home"
)

// maxBlocks are the numbers of blocks that the surfaces take.
var maxBlocks = map[Surface]int{Message: 50, Modal: 100, Home: 100}

// Parse decodes and checks the blocks of a surface. Missing block and action ids are set, as Slack does. The error
// lists each violation with its place.
func Parse(raw []byte, on Surface) ([]Object, error) {
	var blocks []Object
	if err := json.Unmarshal(raw, &blocks); err != nil {
		return nil, fmt.Errorf("blocks are no array of objects: %w", err)
	}
	c := &checker{surface: on}
	c.blocks("/blocks", blocks)
	return blocks, c.err()
}

// checker collects the violations of rules.
type checker struct {
	surface  Surface
	problems []error
}

func (c *checker) err() error { return errors.Join(c.problems...) }

func (c *checker) fail(place, format string, args ...any) {
	c.problems = append(c.problems, fmt.Errorf("[ERROR] "+format+" [json-pointer:%s]", append(args, place)...))
}

// text checks the string at a key.
func (c *checker) text(place string, o Object, key string, most int, required bool) {
	value, present := o[key]
	text, ok := value.(string)
	switch {
	case !present || value == nil:
		if required {
			c.fail(place, "missing required field: %s", key)
		}
	case !ok:
		c.fail(place+"/"+key, "must be a string")
	case required && text == "":
		c.fail(place+"/"+key, "must be more than 0 characters")
	case utf8.RuneCountInString(text) > most:
		c.fail(place+"/"+key, "must be less than %d characters", most+1)
	}
}

// textObject checks the text object at a key.
func (c *checker) textObject(place string, o Object, key string, most int, required, plain bool) {
	value, present := o[key]
	if !present || value == nil {
		if required {
			c.fail(place, "missing required field: %s", key)
		}
		return
	}
	place += "/" + key
	text, ok := value.(Object)
	kind, _ := text["type"].(string)
	switch {
	case !ok:
		c.fail(place, "must be a text object")
	case kind != "plain_text" && (plain || kind != "mrkdwn"):
		c.fail(place, "unsupported type: %s", kind)
	default:
		c.text(place, text, "text", most, true)
	}
}

// list returns the objects at a key, whose number must be between least and most.
func (c *checker) list(place string, o Object, key string, least, most int) []Object {
	values, ok := o[key].([]any)
	place += "/" + key
	switch {
	case !ok && (o[key] != nil || least > 0):
		c.fail(place, "must be an array")
	case len(values) < least:
		c.fail(place, "no fewer than %d items allowed", least)
	case len(values) > most:
		c.fail(place, "no more than %d items allowed", most)
	}
	var objects []Object
	for i, value := range values {
		object, ok := value.(Object)
		if !ok {
			c.fail(fmt.Sprintf("%s/%d", place, i), "must be an object")
			object = Object{}
		}
		objects = append(objects, object)
	}
	return objects
}

func (c *checker) blocks(place string, blocks []Object) {
	if most := maxBlocks[c.surface]; len(blocks) > most {
		c.fail(place, "no more than %d items allowed", most)
	}
	seen := map[string]bool{}
	for i, block := range blocks {
		here := fmt.Sprintf("%s/%d", place, i)
		if block == nil {
			c.fail(here, "must be an object")
			continue
		}
		c.block(here, block)
		c.text(here, block, "block_id", 255, false)
		id, _ := block["block_id"].(string)
		if id == "" {
			id = rand.Text()[:5]
			block["block_id"] = id
		}
		if seen[id] {
			c.fail(here+"/block_id", "block_id %q is used twice", id)
		}
		seen[id] = true
	}
}

func (c *checker) block(place string, block Object) {
	kind, _ := block["type"].(string)
	switch kind {
	case "divider", "rich_text", "video", "file", "table":
	case "section":
		if block["text"] == nil && block["fields"] == nil {
			c.fail(place, "missing required field: text")
		}
		c.textObject(place, block, "text", 3000, false, false)
		for i, field := range c.list(place, block, "fields", 0, 10) {
			c.textObject(place+"/fields", Object{fmt.Sprint(i): field}, fmt.Sprint(i), 2000, true, false)
		}
		if accessory, ok := block["accessory"].(Object); ok {
			c.elements(place+"/accessory", kind, []Object{accessory})
		}
	case "header":
		c.textObject(place, block, "text", 150, true, true)
	case "context":
		for i, element := range c.list(place, block, "elements", 1, 10) {
			if element["type"] != "image" {
				c.textObject(place+"/elements", Object{fmt.Sprint(i): element}, fmt.Sprint(i), 2000, true, false)
			}
		}
	case "image":
		c.text(place, block, "alt_text", 2000, true)
		c.text(place, block, "image_url", 3000, block["slack_file"] == nil)
	case "markdown":
		c.text(place, block, "text", 12_000, true)
		if c.surface != Message {
			c.fail(place, "unsupported type: %s", kind)
		}
	case "actions":
		c.elements(place+"/elements", kind, c.list(place, block, "elements", 1, 25))
	case "input":
		c.textObject(place, block, "label", 2000, true, true)
		c.textObject(place, block, "hint", 2000, false, true)
		element, ok := block["element"].(Object)
		if !ok {
			c.fail(place, "missing required field: element")
			return
		}
		c.elements(place+"/element", kind, []Object{element})
	default:
		c.fail(place, "unsupported type: %s", cmp.Or(kind, "none"))
	}
}

// View checks a view, which is decoded JSON, and sets missing ids. tooLarge is true for one above 250 kB.
func View(view Object) (tooLarge bool, err error) {
	c := &checker{}
	raw, err := json.Marshal(view)
	if err != nil {
		return false, err
	}
	kind, _ := view["type"].(string)
	c.surface = Surface(kind)
	list, _ := view["blocks"].([]any)
	blocks := make([]Object, len(list))
	for i := range list {
		blocks[i], _ = list[i].(Object)
	}
	switch c.surface {
	case Modal:
		c.textObject("/view", view, "title", 24, true, true)
		input := slices.ContainsFunc(blocks, func(b Object) bool { return b["type"] == "input" })
		c.textObject("/view", view, "submit", 24, input, true)
		c.textObject("/view", view, "close", 24, false, true)
	case Home:
	default:
		c.fail("/view/type", "unsupported type: %s", kind)
	}
	if view["blocks"] == nil {
		c.fail("/view", "missing required field: blocks")
	}
	c.blocks("/view/blocks", blocks)
	c.text("/view", view, "private_metadata", 3000, false)
	c.text("/view", view, "callback_id", 255, false)
	c.text("/view", view, "external_id", 255, false)
	return len(raw) > 250_000, c.err()
}

// Blocks returns the blocks of a checked view.
func Blocks(view Object) []Object {
	list, _ := view["blocks"].([]any)
	var blocks []Object
	for _, b := range list {
		if block, ok := b.(Object); ok {
			blocks = append(blocks, block)
		}
	}
	return blocks
}

// Messages splits the error of Parse or View as Slack answers it.
func Messages(err error) []string { return strings.Split(err.Error(), "\n") }
