// Command k6 is Grafana k6 at the version that this suite is tested with, built from the Go module registry alone.
package main

import "go.k6.io/k6/v2/cmd"

func main() {
	cmd.Execute()
}
