package gophers

import "github.com/gobridge/gopherbot/handler"

var fyneBooks = handler.Command{
	Trigger:  "fyne books",
	Aliases:  []string{"fyne book"},
	Help:     "names a book about Fyne",
	Examples: []handler.Example{{Say: "fyne books", Want: "Andrew Williams"}},
	Text: lines(
		"<https://www.packtpub.com/en-us/product/building-cross-platform-gui-applications-with-fyne-9781800563162|Building Cross-Platform GUI Applications with Fyne> is by Andrew Williams, who began the project. It is from 2021, for version 2.0: what it teaches holds, and <https://docs.fyne.io/|docs.fyne.io> tells what was added since.",
	),
}

var fyneTour = handler.Command{
	Trigger:  "fyne tour",
	Aliases:  []string{"fyne demo"},
	Help:     "tells where to begin with Fyne",
	Examples: []handler.Example{{Say: "fyne tour", Want: "fyne.io/demo"}},
	Text: lines(
		"<https://docs.fyne.io/started/quick/|The quick start> leads from an empty directory to a first window, and the pages after it through widgets, containers, data binding and packaging.",
		"To see everything that Fyne can do, run `go run fyne.io/demo@latest`. The first build takes a few minutes.",
	),
}

var fyneCompile = handler.Command{
	Trigger:  "fyne compile",
	Aliases:  []string{"fyne cgo", "fyne windows"},
	Help:     "tells what it takes to compile a Fyne app",
	Examples: []handler.Example{{Say: "fyne cgo", Want: "C compiler"}},
	Text: lines(
		"Fyne draws with the system's graphics library, through cgo. To compile you need a C compiler and, on Linux and BSD, the headers of the graphics library; those who run your app need neither. <https://docs.fyne.io/started/quick/|The quick start> has the commands for each system: Xcode's command line tools on macOS, MSYS2 with MinGW-w64 on Windows.",
		"• `gcc: executable file not found`: the compiler is not installed, or not in your `PATH`.",
		"• `build constraints exclude all Go files`: cgo is switched off. Set `CGO_ENABLED=1`; it is off by default when you compile for another system.",
		"• The first build takes minutes, those after it seconds: the C code is cached.",
		"• `go install fyne.io/tools/cmd/fyne@latest`, then `fyne package`, makes an app with an icon, and without a console window on Windows.",
		"• For other systems than your own: <https://docs.fyne.io/started/cross-compiling|cross-compiling>, easiest with fyne-cross.",
	),
}

var fyneDocs = handler.Command{
	Trigger:  "fyne docs",
	Aliases:  []string{"fyne doc", "fyne"},
	Help:     "links the documentation of Fyne",
	Examples: []handler.Example{{Say: "fyne doc", Want: "docs.fyne.io"}},
	Text: lines(
		"Fyne is a toolkit for graphical applications on desktops, phones and the web, in Go.",
		"• <https://docs.fyne.io/|docs.fyne.io> – the documentation",
		"• <https://pkg.go.dev/fyne.io/fyne/v2|pkg.go.dev/fyne.io/fyne/v2> – every type and function",
		"• <https://github.com/fyne-io/fyne|github.com/fyne-io/fyne> – the source and the issues",
		"• <https://docs.fyne.io/started/goroutines|Goroutines> – code on any but the main one touches widgets only inside `fyne.Do`",
		"• #fyne – people who use it, and people who make it",
	),
}

var fyneLayouts = handler.Command{
	Trigger:  "fyne layouts",
	Aliases:  []string{"fyne layout"},
	Help:     "explains how Fyne places things",
	Examples: []handler.Example{{Say: "fyne layout", Want: "NewBorder"}},
	Text: lines(
		"In Fyne a container holds objects, and its layout decides where each is and how large. Put containers into containers until it looks right:",
		"• `container.NewVBox` and `NewHBox` – below or beside each other, each as small as it can be",
		"• `container.NewBorder(top, bottom, left, right, rest)` – edges as small as they can be, and the rest gets what is left",
		"• `container.NewGridWithColumns(n)` – cells of the same size",
		"• `container.NewStack` – on top of each other, all as large as the container",
		"• `container.NewCenter`, `NewPadded`, `NewHSplit`, `NewScroll`, `NewAppTabs` – as they say",
		"• your own: a type with the two methods of <https://docs.fyne.io/extend/custom-layout|fyne.Layout>",
		"All of them: <https://pkg.go.dev/fyne.io/fyne/v2/container|container> and <https://pkg.go.dev/fyne.io/fyne/v2/layout|layout>.",
	),
}

var fyneSizes = handler.Command{
	Trigger:  "fyne sizes",
	Aliases:  []string{"fyne size"},
	Help:     "explains sizes in Fyne",
	Examples: []handler.Example{{Say: "fyne size", Want: "MinSize"}},
	Text: lines(
		"In Fyne you say what belongs together, and the layout works out the sizes. Each object has a `MinSize`, which follows from its content and the theme; the layout of the container around it gives it that or more.",
		"• `Resize` on an object in a container lasts until the next layout. Choose another layout instead; say `fyne layouts` to me.",
		"• An entry in an `HBox` stays narrow. Make it the last argument of `container.NewBorder`, and it takes the space that is left.",
		"• A fixed size: `container.NewGridWrap(fyne.NewSize(200, 40), object)`.",
		"• A window's size to begin with: `window.Resize(fyne.NewSize(640, 480))`. It is never smaller than its content.",
		"• Units are independent of the device: 100 of them look the same on any screen, so they are not pixels.",
	),
}

var fyneTheme = handler.Command{
	Trigger:  "fyne theme",
	Aliases:  []string{"fyne themes", "fyne style", "fyne styles"},
	Help:     "explains themes in Fyne",
	Examples: []handler.Example{{Say: "fyne style", Want: "SetTheme"}},
	Text: lines(
		"The look of a Fyne app is its theme: colours, fonts, icons and sizes, for light and dark. Widgets have no styles of their own, so that an app looks the same throughout.",
		"• To change a part, embed the default in a type of your own, `type myTheme struct{ fyne.Theme }`, override `Color`, `Font`, `Icon` or `Size`, and use it: `app.Settings().SetTheme(&amp;myTheme{theme.DefaultTheme()})`.",
		"• For one part of a window: `container.NewThemeOverride`.",
		"• Emphasis needs no theme: set a button's `Importance`, or a label's `TextStyle`.",
		"More: <https://docs.fyne.io/extend/custom-theme|Custom themes>, the package <https://pkg.go.dev/fyne.io/fyne/v2/theme|theme>.",
	),
}
