// Package template executes templates in the language of text/template, on data
// that strangers send.
//
// It parses with text/template/parse, the standard library's parser, and executes
// the tree itself, for three reasons:
//   - A program that links text/template keeps every exported method of every type,
//     because a template may call any by name. That adds 12 MB to the gateway's program
//     and 3 MB to its resident memory (measured). Here a Language lists the methods.
//   - An execution is bounded: by steps, by the size of values, and by the writer.
//     text/template cannot be stopped.
//   - Mistakes are found when a template is parsed where that is possible, and have
//     a line and a column.
//
// # Differences from text/template
//
// The functions js and call do not exist, nor do complex numbers. A nil value, such
// as a missing entry of a map[string]any, prints as nothing, not as <no value>, and is
// the zero value where a function wants an argument of another type. A missing entry
// of any other map is the zero value (missingkey=zero). A {{template}} of a name that
// is not defined is an error of Parse. The package's tests execute each of their
// templates with text/template, too.
package template
