package markup

import "iter"

// Doc is a parsed text: its lines.
type Doc []Line

// Line is a line of a Doc. It has line ends within a CodeBlock only.
type Line struct {
	// Quote is true for a quoted line, Item for an item of a list. A line may be
	// both: an item within a quote.
	Quote, Item bool
	Nodes       []Node
}

// Node is a piece of a line.
type Node struct {
	Kind Kind
	// Text is the content of a Text, Code or CodeBlock, without escapes. It is the label
	// of a Link or Mention, "" for none, the name of a Channel, without "#", or of
	// an Emoji, without colons.
	Text string
	// Target is the address of a Link, or the platform's id of a Mention or
	// Channel. A Channel has one only if it was written as <#id>, or after
	// Doc.LinkChannels.
	Target string
	// Lang is the language of a CodeBlock, or "".
	Lang string
	// Nodes are within a Bold, Italic or Strike.
	Nodes []Node
}

// Kind is the kind of a Node.
type Kind uint8

// The kinds of nodes.
const (
	Text Kind = iota + 1
	Bold
	Italic
	Strike
	Code
	CodeBlock
	Link
	Mention
	Channel
	Emoji
)

// Nodes iterates over all nodes, each before the nodes within it.
func (d Doc) Nodes() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for _, line := range d {
			if !walk(line.Nodes, yield) {
				return
			}
		}
	}
}

func walk(nodes []Node, yield func(Node) bool) bool {
	for _, n := range nodes {
		if !yield(n) || !walk(n.Nodes, yield) {
			return false
		}
	}
	return true
}

// Map returns a copy of d with each node replaced by change's result, the nodes
// within one first. A platform puts names into Mentions with it, for example.
func (d Doc) Map(change func(Node) Node) Doc {
	mapped := make(Doc, len(d))
	for i, line := range d {
		line.Nodes = mapNodes(line.Nodes, change)
		mapped[i] = line
	}
	return mapped
}

func mapNodes(nodes []Node, change func(Node) Node) []Node {
	if len(nodes) == 0 {
		return nil
	}
	mapped := make([]Node, len(nodes))
	for i, n := range nodes {
		n.Nodes = mapNodes(n.Nodes, change)
		mapped[i] = change(n)
	}
	return mapped
}

// ChannelNames returns the names of the channels that have no id yet, each once,
// in the order of their first use. LinkChannels looks them up.
func (d Doc) ChannelNames() []string {
	var names []string
	seen := map[string]bool{}
	for n := range d.Nodes() {
		if n.isName() && !seen[n.Text] {
			seen[n.Text] = true
			names = append(names, n.Text)
		}
	}
	return names
}

// LinkChannels returns d with the ids of the channels that it names, and without
// the lines that name a channel which does not exist. lookup returns a channel's
// id; ok is false when there is no such channel. An id of "" leaves the name: it is
// for a directory that is not filled yet. The result has no lines if every line
// names a channel that does not exist.
func (d Doc) LinkChannels(lookup func(name string) (id string, ok bool)) Doc {
	linked := make(Doc, 0, len(d))
	for _, line := range d {
		one, missing := Doc{line}, false
		if len(one.ChannelNames()) > 0 {
			one = one.Map(func(n Node) Node {
				if n.isName() {
					id, ok := lookup(n.Text)
					n.Target, missing = id, missing || !ok
				}
				return n
			})
		}
		if !missing {
			linked = append(linked, one...)
		}
	}
	return linked
}

// Blank reports whether d shows nothing but white space.
func (d Doc) Blank() bool { return len(trimBlank(d)) == 0 }

// Valid reports whether n can be written as a node of its kind. All nodes from Parse are
// valid. Of nodes that are made otherwise, a Mention, a Channel or an Emoji may have
// an id or a name that is none, and a Link an address with another scheme:
// renderers write those as Plain does, as text.
func (n Node) Valid() bool {
	switch n.Kind {
	case Link:
		return isAddress(n.Target)
	case Mention:
		return isPerson(n.Target)
	case Channel:
		return n.isName() && isChannel(n.Text) || isID(n.Target)
	case Emoji:
		return isEmoji(n.Text)
	default:
		return true
	}
}

// isName reports whether n is a channel that is known by its name only.
func (n Node) isName() bool { return n.Kind == Channel && n.Target == "" }

// Address returns d with Mentions of these people, by their ids, before its text.
func (d Doc) Address(ids ...string) Doc {
	if len(ids) == 0 {
		return d
	}
	var first Line
	for _, id := range ids {
		first.Nodes = append(first.Nodes, Node{Kind: Mention, Target: id}, Node{Kind: Text, Text: " "})
	}
	if len(d) == 0 || d[0].Quote || d[0].Item {
		return append(Doc{first}, d...)
	}
	first.Nodes = append(first.Nodes, d[0].Nodes...)
	return append(Doc{first}, d[1:]...)
}
