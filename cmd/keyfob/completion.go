package main

import "github.com/spf13/cobra"

// switchedOn is how each shell comes to complete our commands, for good.
var switchedOn = []struct{ shell, how string }{
	{"bash", "  echo 'source <(keyfob completion bash)' >>~/.bashrc"},
	{"zsh", "  echo 'autoload -U compinit; compinit; source <(keyfob completion zsh)' >>~/.zshrc"},
	{"fish", "  keyfob completion fish >~/.config/fish/completions/keyfob.fish"},
	{"powershell", "  Add-Content $PROFILE 'keyfob completion powershell | Out-String | Invoke-Expression'"},
}

// withCompletion adds cobra's command for the shells, with what there is to be typed. The other commands must be there.
func withCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	all, _, err := root.Find([]string{"completion"})
	if err != nil {
		return
	}
	for i, one := range switchedOn {
		if i > 0 {
			all.Example += "\n"
		}
		all.Example += one.how
		if shell, _, err := all.Find([]string{one.shell}); err == nil {
			shell.Example = one.how
		}
	}
}
