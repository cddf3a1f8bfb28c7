package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// misused is the fault of a command line that cannot be carried out, with its reason. The arguments quote what was
// typed; misused cleans them.
func misused(r fault.Reason, args ...string) *fault.Error {
	const longest = 200
	for i := 1; i < len(args); i += 2 {
		args[i] = display.Clean(args[i], longest)
	}
	return fault.New(fault.BadUsage, args...).WithReason(r)
}

// withTexts gives a command and all below it the texts that --help shows. A command's path gives their keys in the
// catalogue: those of "keyfob agent start" begin with cli.agent.start. It is called only where the texts are shown,
// since a command that prints a token need not read the catalogue.
func withTexts(cmd *cobra.Command) {
	key := textKey(cmd)
	cmd.Short = words.T(key + ".short")
	cmd.Example = words.T(key + ".example")
	if words.Has(key + ".long") {
		cmd.Long = words.T(key+".long", "templates", templateList())
	}
	cmd.InitDefaultHelpFlag()
	cmd.InitDefaultVersionFlag()
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) { f.Usage = flagText(key, cmd, f.Name) })
	for _, below := range cmd.Commands() {
		withTexts(below)
	}
}

func textKey(cmd *cobra.Command) string {
	if !cmd.HasParent() {
		return "cli." + cmd.Name()
	}
	_, path, _ := strings.Cut(cmd.CommandPath(), " ")
	return "cli." + strings.ReplaceAll(path, " ", ".")
}

// flagText is the text of a flag: that of this command where there is one, else that of the flag in all commands.
func flagText(key string, cmd *cobra.Command, flag string) string {
	if own := key + ".flag." + flag; words.Has(own) {
		return words.T(own)
	}
	return words.T("cli.flag."+flag, "command", cmd.Name())
}

// withHelp makes cobra show help with texts and headings of the catalogue.
func withHelp(root *cobra.Command) {
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		withTexts(root)
		printHelp(cmd.OutOrStdout(), cmd)
	})
	root.SetHelpCommand(&cobra.Command{
		Use: "help [COMMAND…]",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(root, strings.Join(args, " "))
			}
			return about.Help()
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			if about, rest, err := root.Find(args); err == nil && len(rest) == 0 {
				for _, below := range about.Commands() {
					if below.IsAvailableCommand() {
						names = append(names, cobra.CompletionWithDesc(below.Name(), below.Short))
					}
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	})
	root.InitDefaultHelpCmd()
}

// printHelp prints the help of a command in the form of cobra's own, which is in English.
func printHelp(w io.Writer, cmd *cobra.Command) {
	about := cmd.Long
	if about == "" {
		about = cmd.Short
	}
	fmt.Fprintf(w, "%s\n\n%s\n", strings.TrimSpace(about), words.T("cli.heading.usage"))
	if cmd.Runnable() {
		fmt.Fprintf(w, "  %s\n", cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "  %s\n", words.T("cli.heading.command", "command", cmd.CommandPath()))
	}
	fmt.Fprintf(w, "\n%s\n%s\n", words.T("cli.heading.examples"), cmd.Example)
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n%s\n", words.T("cli.heading.commands"))
		for _, below := range cmd.Commands() {
			if below.IsAvailableCommand() || below.Name() == "help" {
				fmt.Fprintf(w, "  %-*s %s\n", below.NamePadding(), below.Name(), below.Short)
			}
		}
	}
	fmt.Fprintf(w, "\n%s\n", words.T("cli.heading.flags"))
	printFlags(w, cmd.LocalFlags())
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n%s\n", words.T("cli.heading.more", "command", cmd.CommandPath()))
	}
}

// printFlags prints what pflag's FlagUsages does, but a switch as it is used: pflag writes --yes[=true|false].
func printFlags(w io.Writer, flags *pflag.FlagSet) {
	const unset = " false 0 0s [] "
	var names, texts []string
	width := 0
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, text := pflag.UnquoteUsage(f)
		name := "      --" + f.Name
		if f.Shorthand != "" {
			name = "  -" + f.Shorthand + ", --" + f.Name
		}
		if value != "" {
			name += " " + value
		}
		if f.DefValue != "" && !strings.Contains(unset, " "+f.DefValue+" ") {
			shown := f.DefValue
			if f.Value.Type() == "string" {
				shown = strconv.Quote(shown)
			}
			text += words.T("cli.flag-default", "value", shown)
		}
		names, texts, width = append(names, name), append(texts, text), max(width, len(name))
	})
	for i, name := range names {
		fmt.Fprintf(w, "%-*s   %s\n", width, name, texts[i])
	}
}
