package demo_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/handler"
)

// cafe is the content of a bot with controls of all kinds.
var cafe = handler.Content{
	Name: "cafe", Description: "Serves tea.", Mention: "gopher",
	Registry: func(handler.Services) (*handler.Registry, error) {
		order := orderForm()
		return handler.NewRegistry(
			handler.Help{Trigger: "help", Help: "explains everything", Home: true, Examples: []handler.Example{{Say: "help", Want: "menu"}}},
			handler.Command{Trigger: "menu", Help: "shows the menu", Run: showMenu, Examples: []handler.Example{{Say: "menu", Want: "What"}}},
			handler.Command{Trigger: "nothing", Help: "says nothing", Run: func(context.Context, handler.Message, handler.Responder) error { return nil }},
			handler.SlashCommand{Command: "order", Usage: "[for whom]", Help: "orders something", Form: order},
			handler.SlashCommand{Command: "cafe", Usage: "[anything]", Help: "says something to the cafe", Commands: true},
			handler.Action{ID: "order", Help: "opens the order", Form: order},
			handler.Action{ID: "close", Help: "closes the cafe", Run: answer(func(handler.Interaction) string { return "The cafe is closed." })},
			handler.Action{ID: "cake", Help: "takes a cake", Run: func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
				return r.Edit(ctx, handler.Text("One "+i.Values.First(handler.MenuValue)+" it is."))
			}},
			handler.Shortcut{ID: "order-anything", Title: "Order anything", Help: "opens the order", Form: order},
			handler.Shortcut{ID: "count", Title: "Count its letters", Help: "counts the letters of a message", OnMessage: true,
				Run: answer(func(i handler.Interaction) string { return fmt.Sprintf("%d letters", len(i.Message.Text)) })},
			handler.ReactionAdded{Emoji: []string{"tada"}, Help: "celebrates", Run: answer(func(handler.Interaction) string { return "Let's celebrate!" })},
		)
	},
}

func answer(text func(handler.Interaction) string) func(context.Context, handler.Interaction, handler.Responder) error {
	return func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
		return r.ReplyEphemeral(ctx, handler.Text(text(i)))
	}
}

func showMenu(ctx context.Context, _ handler.Message, r handler.Responder) error {
	return r.Reply(ctx, handler.Reply{Text: "*What* would you like?", Components: []handler.Component{
		{ID: "order", Label: "Order", Data: "at the counter"},
		{ID: "close", Label: "Close the cafe", Danger: true, Confirm: "Nobody gets tea then."},
		{Label: "Prices", URL: "https://example.org/prices"},
		{ID: "cake", Label: "A cake", Options: []handler.Option{{Label: "Apple cake", Value: "apple"}, {Label: "Carrot cake", Value: "carrot"}}},
	}})
}

func orderForm() *handler.Form {
	cities := []handler.Option{{Label: "Lima"}, {Label: "Osaka"}, {Label: "Oslo", Hint: "in Norway"}}
	lookup := func(_ context.Context, _ handler.Interaction, typed string) ([]handler.Option, error) {
		return slices.DeleteFunc(slices.Clone(cities), func(o handler.Option) bool {
			return !strings.HasPrefix(strings.ToLower(o.Label), strings.ToLower(typed))
		}), nil
	}
	fields := []handler.Field{
		{Name: "tea", Label: "Which tea", Hint: "No coffee, please.", Placeholder: "green, black…", Max: 20},
		{Name: "note", Label: "A note", Kind: handler.TextArea, Optional: true},
		{Name: "cups", Label: "Cups", Kind: handler.Number, Min: 1, Max: 9, Default: []string{"1"}},
		{Name: "mail", Label: "Mail", Kind: handler.Email, Optional: true},
		{Name: "page", Label: "Page", Kind: handler.URL, Optional: true},
		{Name: "size", Label: "Size", Kind: handler.Select, Optional: true, Options: []handler.Option{{Label: "Small", Value: "s"}, {Label: "Large", Value: "l"}}},
		{Name: "city", Label: "City", Kind: handler.Select, Lookup: lookup},
		{Name: "stops", Label: "Stops", Kind: handler.MultiSelect, Optional: true, Lookup: lookup},
		{Name: "extras", Label: "Extras", Kind: handler.MultiSelect, Optional: true, Options: []handler.Option{{Label: "Milk", Value: "milk"}, {Label: "Sugar", Value: "sugar"}}},
		{Name: "friend", Label: "A friend", Kind: handler.User, Optional: true},
		{Name: "guests", Label: "Guests", Kind: handler.Users, Optional: true},
		{Name: "where", Label: "Where", Kind: handler.ChannelField, Optional: true},
		{Name: "day", Label: "Day", Kind: handler.Date, Optional: true},
		{Name: "at", Label: "Time", Kind: handler.DateTime, Optional: true},
		{Name: "gift", Label: "Gift", Placeholder: "Wrap it", Kind: handler.Checkbox, Optional: true},
	}
	return &handler.Form{
		ID: "order", Title: "Order a tea", Submit: "Order", Intro: "We have *everything*.", Fields: fields,
		Validate: func(_ context.Context, i handler.Interaction) (handler.Validation, error) {
			if i.Values.First("tea") == "coffee" {
				return handler.Validation{Errors: map[string]string{"tea": "That is no tea."}}, nil
			}
			return handler.Validation{}, nil
		},
		Run: func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
			var lines []string
			for _, f := range fields {
				if values := i.Values[f.Name]; len(values) > 0 {
					lines = append(lines, f.Name+": "+strings.Join(values, ", "))
				}
			}
			return r.DM(ctx, handler.Text("Ordered\n"+strings.Join(lines, "\n")))
		},
	}
}
