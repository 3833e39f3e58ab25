package gophers

// examples are messages to try in the simulated workspace.
var examples = []string{
	"@gopher flip a coin",
	"@gopher what is a goroutine?",
	"Who is in for a bbq? We could roast a dragon.",
	"@gopher help",
	"@gopher newbie resources",
	"define channel",
	"d/net/http",
	"xkcd:standards",
	"(╯°□°)╯︵ ┻━┻",
	tenLines,
}

// tenLines is code that is long enough for the Playground.
const tenLines = "Why does this print 3?\n```\n" + `package main

import "fmt"

func main() {
	sum := 0
	for i := range 3 {
		sum += i
	}
	fmt.Println(sum)
}
` + "```"
