package gophers

import "github.com/gobridge/gopherbot/handler"

var fyneBooks = handler.Command{
	Trigger:  "fyne books",
	Aliases:  []string{"fyne book"},
	Help:     "recommends a book about Fyne",
	Examples: []handler.Example{{Say: "fyne books", Want: "Andrew Williams"}},
	Text: lines(
		"<https://www.packtpub.com/en-us/product/building-cross-platform-gui-applications-with-fyne-9781800563162|Building Cross-Platform GUI Applications with Fyne> is by Andrew Williams, who started the project. It's from 2021 and covers version 2.0. What it teaches still holds, and <https://docs.fyne.io/|docs.fyne.io> has everything that's been added since.",
	),
}

var fyneTour = handler.Command{
	Trigger:  "fyne tour",
	Aliases:  []string{"fyne demo"},
	Help:     "tells you where to start with Fyne",
	Examples: []handler.Example{{Say: "fyne tour", Want: "fyne.io/demo"}},
	Text: lines(
		"<https://docs.fyne.io/started/quick/|The quick start> takes you from an empty directory to your first window. The pages after it cover widgets, containers, data binding and packaging.",
		"To see everything Fyne can do, run `go run fyne.io/demo@latest`. The first build takes a few minutes.",
	),
}

var fyneCompile = handler.Command{
	Trigger:  "fyne compile",
	Aliases:  []string{"fyne cgo", "fyne windows"},
	Help:     "tells you what you need to compile a Fyne app",
	Examples: []handler.Example{{Say: "fyne cgo", Want: "C compiler"}},
	Text: lines(
		"Fyne draws with your system's graphics library, through cgo. So to compile you need a C compiler and, on Linux and BSD, the library's headers; people who run your app need neither. <https://docs.fyne.io/started/quick/|The quick start> has the commands for each system: Xcode's command line tools on macOS, MSYS2 with MinGW-w64 on Windows.",
		"• `gcc: executable file not found`: the compiler isn't installed, or isn't in your `PATH`.",
		"• `build constraints exclude all Go files`: cgo is off. Set `CGO_ENABLED=1`; it's off by default when you compile for another system.",
		"• The first build takes minutes, later ones seconds, because the C code is cached.",
		"• `go install fyne.io/tools/cmd/fyne@latest`, then `fyne package`, gives you an app with an icon, and no console window on Windows.",
		"• Building for another system? <https://docs.fyne.io/started/cross-compiling|Cross-compiling> is easiest with fyne-cross.",
	),
}

var fyneDocs = handler.Command{
	Trigger:  "fyne docs",
	Aliases:  []string{"fyne doc", "fyne"},
	Help:     "links Fyne's documentation",
	Examples: []handler.Example{{Say: "fyne doc", Want: "docs.fyne.io"}},
	Text: lines(
		"Fyne is a Go toolkit for graphical apps on desktops, phones and the web.",
		"• <https://docs.fyne.io/|docs.fyne.io> – the documentation",
		"• <https://pkg.go.dev/fyne.io/fyne/v2|pkg.go.dev/fyne.io/fyne/v2> – every type and function",
		"• <https://github.com/fyne-io/fyne|github.com/fyne-io/fyne> – the source and the issues",
		"• <https://docs.fyne.io/started/goroutines|Goroutines> – outside the main one, touch widgets only inside `fyne.Do`",
		"• #fyne – where you'll meet people who use it and people who make it",
	),
}

var fyneLayouts = handler.Command{
	Trigger:  "fyne layouts",
	Aliases:  []string{"fyne layout"},
	Help:     "explains how Fyne places things",
	Examples: []handler.Example{{Say: "fyne layout", Want: "NewBorder"}},
	Text: lines(
		"In Fyne, a container holds objects, and its layout decides where they go and how big they are. Put containers inside containers until it looks right:",
		"• `container.NewVBox` and `NewHBox` – below or beside each other, each as small as it gets",
		"• `container.NewBorder(top, bottom, left, right, rest)` – the edges are as small as they get, and the rest takes the space that's left",
		"• `container.NewGridWithColumns(n)` – cells of equal size",
		"• `container.NewStack` – on top of each other, all as big as the container",
		"• `container.NewCenter`, `NewPadded`, `NewHSplit`, `NewScroll`, `NewAppTabs` – just what they say",
		"• your own – a type with the two methods of <https://docs.fyne.io/extend/custom-layout|fyne.Layout>",
		"All of them: <https://pkg.go.dev/fyne.io/fyne/v2/container|container> and <https://pkg.go.dev/fyne.io/fyne/v2/layout|layout>.",
	),
}

var fyneSizes = handler.Command{
	Trigger:  "fyne sizes",
	Aliases:  []string{"fyne size"},
	Help:     "explains sizes in Fyne",
	Examples: []handler.Example{{Say: "fyne size", Want: "MinSize"}},
	Text: lines(
		"In Fyne, you say what belongs together, and the layout works out the sizes. Each object has a `MinSize`, which depends on its content and the theme; the layout around it gives it at least that.",
		"• If you `Resize` an object in a container, it only lasts until the next layout. Pick another layout instead: say `fyne layouts` and I'll list them.",
		"• An entry in an `HBox` stays narrow. Make it the last argument of `container.NewBorder`, and it'll take the space that's left.",
		"• For a fixed size: `container.NewGridWrap(fyne.NewSize(200, 40), object)`.",
		"• A window's first size: `window.Resize(fyne.NewSize(640, 480))`. It never gets smaller than its content.",
		"• Units aren't pixels: 100 of them look the same size on any screen.",
	),
}

var fyneTheme = handler.Command{
	Trigger:  "fyne theme",
	Aliases:  []string{"fyne themes", "fyne style", "fyne styles"},
	Help:     "explains themes in Fyne",
	Examples: []handler.Example{{Say: "fyne style", Want: "SetTheme"}},
	Text: lines(
		"A Fyne app gets its looks from its theme: colours, fonts, icons and sizes, light and dark. Widgets don't have styles of their own, so the whole app looks consistent.",
		"• To change part of it, embed the default in your own type, `type myTheme struct{ fyne.Theme }`, override `Color`, `Font`, `Icon` or `Size`, and use it: `app.Settings().SetTheme(&amp;myTheme{theme.DefaultTheme()})`.",
		"• For just one part of a window, there's `container.NewThemeOverride`.",
		"• You don't need a theme for emphasis: set a button's `Importance` or a label's `TextStyle`.",
		"More: <https://docs.fyne.io/extend/custom-theme|Custom themes>, the package <https://pkg.go.dev/fyne.io/fyne/v2/theme|theme>.",
	),
}
