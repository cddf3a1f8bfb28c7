//go:build linux

// Command bare-token is the least that `keyfob token` could be: it asks bare-agent over its socket and prints the
// answer's body, by system calls alone. The benchmark runs it beside `keyfob token`, to tell what is Keyfob's in the
// time that takes from what the start of any program and one question over a socket take.
//
//	bare-token SOCKET PATH
package main

import (
	"bytes"
	"log"
	"os"
	"syscall"
)

func main() {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err == nil {
		err = syscall.Connect(fd, &syscall.SockaddrUnix{Name: os.Args[1]})
	}
	if err != nil {
		log.Fatal(err)
	}
	if _, err := syscall.Write(fd, []byte("GET "+os.Args[2]+" HTTP/1.1\r\nHost: keyfob\r\n\r\n")); err != nil {
		log.Fatal(err)
	}
	answer := make([]byte, 8<<10) // one read: the bare agent writes what is this short at once
	n, err := syscall.Read(fd, answer)
	_, body, whole := bytes.Cut(answer[:max(n, 0)], []byte("\r\n\r\n"))
	if err != nil || !whole || len(body) == 0 {
		log.Fatal("no answer: ", err)
	}
	if _, err := os.Stdout.Write(append(body, '\n')); err != nil {
		log.Fatal(err)
	}
}
