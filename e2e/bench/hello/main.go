// Command hello is the smallest Go program that prints a line. The benchmark runs it beside `keyfob token`, built with
// the same flags, to tell what Keyfob adds from what any Go program takes.
package main

import "fmt"

func main() { fmt.Println("Hello") }
