package main

import (
	"strings"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

// startSecrets are the secrets that an agent is started with, by account. They come from files, or from descriptors
// that whoever starts the agent has opened.
func startSecrets(files, descriptors []string) (map[string]secret.Text, error) {
	found := map[string]secret.Text{}
	for flag, values := range map[string][]string{"--secret-file": files, "--secret-fd": descriptors} {
		for _, value := range values {
			id, source, ok := strings.Cut(value, "=")
			if _, twice := found[id]; !ok || id == "" || source == "" || twice {
				return nil, misused(fault.UsageSecretFlag, "flag", flag)
			}
			s, wrong := startSecret(flag, source)
			if wrong != "" {
				return nil, misused(wrong, "flag", flag, "id", id)
			}
			found[id] = s
		}
	}
	return found, nil
}

// startSecret reads one of them. Where that fails it returns the reason.
func startSecret(flag, source string) (secret.Text, fault.Reason) {
	open := openSecretFile
	if flag == "--secret-fd" {
		open = openDescriptor
	}
	f, wrong := open(source)
	if wrong != "" {
		return secret.Text{}, wrong
	}
	defer f.Close()
	s, err := readSecret(f)
	if err != nil {
		return secret.Text{}, fault.UsageSecretCut
	}
	return s, ""
}
