// Package markup defines the dialect that replies are written in, and parses it
// to a Doc, which each chat platform's package renders. The package knows no
// platform. It depends on the standard library only.
//
// Any string is a valid text: Parse has no errors. It takes linear time, and
// nodes nest at most three deep.
//
// # The dialect
//
//	*bold*  _italic_  ~strike~     marks
//	`code`                         code within a line
//	```                            a block of code; a language may follow
//	lines of code                  the first fence
//	```
//	<https://go.dev/|the Go site>  a link with a label
//	<https://go.dev/>              a link that shows its address
//	#newbies                       a channel, by its name
//	<@U123>  <#C123>               a person, a channel, by the platform's id
//	:tada:                         an emoji
//	> line                         a quoted line
//	• line                         an item of a list
//	&amp; &lt; &gt; &#42;          the characters & < > *
//
// Everything else is text, and so is markup that is incomplete. The rules, in
// the order in which they apply:
//
// Lines end with "\n", "\r\n" or "\r". Only a block of code spans several lines.
//
// A line that begins with ">" is quoted; one space after it does not count. A
// line, or the rest of a quoted one, that begins with "• " is an item. Quotes and
// items do not nest.
//
// A block of code begins with ``` anywhere and ends with the next ```. One line
// end after the first fence and one before the last do not count. When the first
// fence begins a line, and a word of at most 20 letters, digits and "+-#._"
// stands alone behind it, and the last fence has a line of its own, the word is
// the block's language. A block of white space only is text.
//
// Code begins with a single backquote and ends with the next backquote in the
// line. In code and blocks only the escapes have a meaning.
//
// A reference stands between "<" and the next ">" in the line, without "<" in
// between: "@" or "#" and an id, of letters, digits and "._-", or an address that
// begins with http://, https:// or mailto: and has no spaces. A label may follow
// after "|"; only the escapes have a meaning in it. Any other, such as <!channel>
// or <@here>, is text.
//
// An address that begins with http:// or https:// outside of a reference is text
// as a whole: marks within it have no meaning.
//
// A channel is "#" and a name of at most 80 characters out of a-z, 0-9, "_" and
// "-", which begins with a letter and ends with a letter or digit. Before the "#"
// is the beginning of the line, a space, an opening bracket or quotation mark, a
// mark, a dash, or an escaped &, < or >; after the name is no letter or digit.
//
// An emoji is a name between colons, of at most 100 characters out of a-z, 0-9,
// "_", "+" and "-", which does not begin with "_" and ends with a letter or digit.
// Before it is no letter, digit, "_" or ":", unless another emoji ends there; after
// it is no letter, digit or "_".
//
// A mark opens where no letter, digit or mark of its kind is before it and where
// something other than a space or a mark of its kind follows. It closes where
// something other than a space or a mark of its kind is before it and where no
// letter, digit or mark of its kind follows. So snake_case, 2 * 3 and ** are text.
// Marks end within their line and nest, but not in a mark of the same kind. Where
// two overlap, as in *a _b* c_, the one that closes first counts.
//
// An escape is &amp;, &lt;, &gt;, or &#N; for the decimal code N of a punctuation
// character of ASCII or of "•". Any other & is text.
//
// # Text from people
//
// Text that somebody else wrote enters a reply only through Escape or Quote: it
// is shown as it is, and it refers to nobody. No text notifies @channel, @here,
// @everyone or a group: the dialect has no word for that, such words are Text nodes,
// and Markdown and slacktext.Mrkdwn write Text so that platforms do not act on it. A
// platform that posts Plain and acts on names in it applies Quiet to the Text nodes
// first, with Doc.Map.
//
// # Why not Markdown
//
// Handlers and terms are written in the dialect, so it is part of the bot's purpose.
// A Markdown library would not read it: it is not Markdown, and #channel and
// <@person> have to be nodes. Writing Markdown, which Markdown does, takes no library;
// its tests read the output with one.
package markup
