package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// say prints a text of the catalogue on a line of the standard output.
func (a *app) say(key string, args ...any) { fmt.Fprintln(a.out, words.T(key, args...)) }

// tell prints a text of the catalogue on a line of the standard error.
func (a *app) tell(key string, args ...any) { fmt.Fprintln(a.err, words.T(key, args...)) }

// misused is a command line that cannot be done, with its reason. Arguments are what was typed, cleaned here.
func misused(r fault.Reason, args ...string) *fault.Error {
	const longest = 200
	for i := 1; i < len(args); i += 2 {
		args[i] = display.Clean(args[i], longest)
	}
	return fault.New(fault.BadUsage, args...).WithReason(r)
}

// withTexts gives a command and all commands below it what --help shows. The keys of the texts follow from the path of
// the command: those of "keyfob agent start" begin with cli.agent.start. withTexts is called when somebody wants to see
// the texts, so that a command that prints a token does not read the catalogue.
func withTexts(cmd *cobra.Command) {
	key := textKey(cmd)
	cmd.Short = words.T(key + ".short")
	cmd.Example = words.T(key + ".example")
	if words.Has(key + ".long") {
		cmd.Long = words.T(key+".long", "templates", cmd.Annotations["templates"])
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

// flagText is what a flag does: in this command, where that has a text of its own, else everywhere.
func flagText(key string, cmd *cobra.Command, flag string) string {
	if own := key + ".flag." + flag; words.Has(own) {
		return words.T(own)
	}
	return words.T("cli.flag."+flag, "command", cmd.Name())
}

// withHelp has cobra show help with texts and headings of the catalogue.
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

// printHelp sets out what there is to know of a command, as cobra does by itself in English.
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
	fmt.Fprintf(w, "\n%s\n%s\n", words.T("cli.heading.flags"), strings.TrimRight(cmd.LocalFlags().FlagUsages(), " \n"))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n%s\n", words.T("cli.heading.more", "command", cmd.CommandPath()))
	}
}

// noArguments and oneArgument are cobra's, in our words.
func noArguments(cmd *cobra.Command, args []string) error { return atMost(cmd, args, 0) }

func oneArgument(cmd *cobra.Command, args []string) error { return atMost(cmd, args, 1) }

func atMost(cmd *cobra.Command, args []string, most int) error {
	if len(args) > most {
		return misused(fault.UsageTooMany, "command", cmd.CommandPath())
	}
	return nil
}
