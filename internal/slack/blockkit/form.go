package blockkit

import (
	"cmp"
	"fmt"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
)

// Form is a form as one person sees it.
type Form struct {
	*handler.Form
	// Fields are shown below Intro, unless there is a Notice, which is shown alone.
	Fields        []handler.Field
	Intro, Notice markup.Doc
	// Metadata is sent back with everything that the person does in the form.
	Metadata string
}

// Modal renders a form. It returns an error if the fields are not as handler.CheckFields
// wants them, or if Slack would refuse the view.
func Modal(f Form) (slack.ModalViewRequest, error) {
	if err := handler.CheckFields(f.Form, f.Fields); err != nil {
		return slack.ModalViewRequest{}, err
	}
	view := slack.ModalViewRequest{
		Type: slack.VTModal, Title: plain(f.Title), PrivateMetadata: f.Metadata,
		CallbackID: FormCallback(f.ID, f.Validate != nil), NotifyOnClose: f.OnClose != nil,
	}
	switch {
	case !f.Notice.Blank():
		view.Blocks.BlockSet = Sections(f.Notice)
	default:
		view.Blocks.BlockSet = Sections(f.Intro)
		for _, field := range f.Fields {
			view.Blocks.BlockSet = append(view.Blocks.BlockSet, input(field))
		}
		if len(f.Fields) > 0 || f.Run != nil || f.Validate != nil {
			view.Submit = plain(cmp.Or(f.Submit, "Submit"))
		}
	}
	switch n := len(view.Blocks.BlockSet); {
	case n == 0: // Slack wants a block
		view.Blocks.BlockSet = Sections(markup.Parse(markup.Escape(f.Title)))
	case n > maxViewBlocks:
		return slack.ModalViewRequest{}, fmt.Errorf("a form of %d blocks: Slack allows %d", n, maxViewBlocks)
	}
	return view, nil
}

// input renders a field. Its block and its element are named after it: the person's
// entry stays when the form is shown anew.
func input(f handler.Field) *slack.InputBlock {
	block := slack.NewInputBlock(f.Name, plain(f.Label), plain(f.Hint), element(f))
	block.Optional, block.DispatchAction = f.Optional, f.Refresh
	return block
}
