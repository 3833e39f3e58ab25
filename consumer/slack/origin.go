package slack

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/handler"
)

// origin is the place of an interaction, where it is answered. A form takes the origin of
// the interaction that opened it along in the view's private_metadata, so that nothing is
// kept between opening and submitting. Only the app sees it.
type origin struct {
	Version int    `json:"v"`
	Data    string `json:"d,omitempty"` // of the form
	// Channel is the id of the conversation, "" if there is none.
	Channel string              `json:"c,omitempty"`
	Name    string              `json:"n,omitempty"`
	Kind    handler.ChannelKind `json:"k,omitempty"`
	// Message is the timestamp of the message that was pressed or chosen, "" if there is
	// none, Thread of the one that began its thread, and Author its author.
	Message string `json:"m,omitempty"`
	Thread  string `json:"t,omitempty"`
	Author  string `json:"u,omitempty"`
	Asker   string `json:"q,omitempty"`
	// Pressed is true if the message has the control that was used, and so is the bot's
	// own; Ephemeral if only one person sees it; Slash if a slash command was typed.
	Pressed   bool `json:"p,omitempty"`
	Ephemeral bool `json:"e,omitempty"`
	Slash     bool `json:"s,omitempty"`
	// Hook is the response_url, "" if there is none, and HookTime the Unix time of its
	// receipt.
	Hook     string `json:"r,omitempty"`
	HookTime int64  `json:"a,omitempty"`
}

const (
	originVersion = 1
	// maxMetadata is the number of characters of a view's private_metadata.
	// Source: https://docs.slack.dev/reference/views
	maxMetadata = 3000
)

// encode returns the private_metadata of a form with data.
func (o origin) encode(data string) (string, error) {
	o.Version, o.Data = originVersion, data
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // it would make six characters of one
	if err := encoder.Encode(o); err != nil {
		return "", fmt.Errorf("encode the origin of a form: %w", err)
	}
	metadata := strings.TrimSpace(b.String())
	if len(metadata) > maxMetadata {
		return "", fmt.Errorf("the data of the form makes %d bytes of metadata: Slack allows %d", len(metadata), maxMetadata)
	}
	return metadata, nil
}

// errOrigin is the error of a view with metadata that this release did not write. It
// quotes nothing.
var errOrigin = errors.New("a form whose metadata is not as any release writes it")

// errNewerForm is the error of a form that another release showed. The event waits for a
// consumer of that release.
var errNewerForm = fmt.Errorf("a form that another release showed: this one reads version %d of its metadata", originVersion)

// originOf returns the origin of a payload that was received at a time.
func originOf(v *fastjson.Value, received time.Time) (origin, error) {
	view := v.Get("view")
	switch text(view, "type") {
	case "modal":
		var o origin
		if err := json.Unmarshal(view.GetStringBytes("private_metadata"), &o); err != nil {
			return origin{}, errOrigin
		}
		if o.Version != originVersion {
			return origin{}, errNewerForm
		}
		return o, nil
	case "home":
		return origin{}, nil
	}
	o := origin{Hook: text(v, "response_url"), Slash: text(v, "command") != ""}
	if o.Hook != "" {
		o.HookTime = received.Unix()
	}
	container, message := v.Get("container"), v.Get("message")
	channel := channelOf(cmp.Or(text(v, "channel_id"), text(v.Get("channel"), "id"), text(container, "channel_id")),
		cmp.Or(text(v, "channel_name"), text(v.Get("channel"), "name")))
	o.Channel, o.Name, o.Kind = channel.ID, channel.Name, channel.Kind
	o.Message = cmp.Or(text(message, "ts"), text(container, "message_ts"), text(v, "message_ts"))
	o.Thread = cmp.Or(text(message, "thread_ts"), text(container, "thread_ts"))
	o.Author = cmp.Or(text(message, "user"), text(message, "bot_id"))
	o.Pressed = o.Message != "" && text(v, "type") == "block_actions"
	o.Ephemeral = container.GetBool("is_ephemeral") || message.GetBool("is_ephemeral")
	return o, nil
}

// channel returns the conversation of an origin, the zero value if there is none.
func (o origin) channel() handler.Channel {
	return handler.Channel{ID: o.Channel, Name: o.Name, Kind: o.Kind}
}

// channelOf returns a conversation by its id and its name, as interactions have it. They
// have no channel_type; their names of conversations that are not public are these.
// Source: https://docs.slack.dev/interactivity/implementing-slash-commands
func channelOf(id, name string) handler.Channel {
	switch {
	case id == "":
		return handler.Channel{}
	case strings.HasPrefix(id, "D"), name == "directmessage":
		return handler.Channel{ID: id, Kind: handler.Direct}
	case strings.HasPrefix(name, "mpdm-"):
		return handler.Channel{ID: id, Kind: handler.Group}
	case name == "privategroup":
		return handler.Channel{ID: id, Kind: handler.Private}
	case name == "":
		return handler.Channel{ID: id}
	default:
		return handler.Channel{ID: id, Name: name, Kind: handler.Public}
	}
}
