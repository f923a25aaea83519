// Checks histories of registers with Porcupine, to compare this suite's checker with it.
//
// Usage: porcupine FILE…  (one operation a line, as in the suite's histories)
// Prints a line per file: verdict and seconds spent in the check alone.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/anishathalye/porcupine"
)

type operation struct {
	Process int             `json:"process"`
	F       string          `json:"f"`
	Key     string          `json:"key"`
	Value   json.RawMessage `json:"value"`
	Start   float64         `json:"start"`
	End     *float64        `json:"end"`
	Outcome string          `json:"outcome"`
	Error   string          `json:"error"`
}

type kind int

const (
	read kind = iota
	write
	cas
)

type input struct {
	kind           kind
	key            string
	expected, made int
}

type output struct {
	value            int
	unknown, refused bool
}

// missing is what a register holds before its first write.
const missing = math.MinInt

const timeout = 20 * time.Second

// The model of Porcupine's own etcd test, partitioned by key.
func model(initial int) porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			byKey := map[string][]porcupine.Operation{}
			for _, each := range history {
				key := each.Input.(input).key
				byKey[key] = append(byKey[key], each)
			}
			partitions := make([][]porcupine.Operation, 0, len(byKey))
			for _, partition := range byKey {
				partitions = append(partitions, partition)
			}
			return partitions
		},
		Init: func() interface{} { return initial },
		Step: func(state, in, out interface{}) (bool, interface{}) {
			before, asked, answered := state.(int), in.(input), out.(output)
			switch asked.kind {
			case read:
				return answered.unknown || answered.value == before, state
			case write:
				return true, asked.made
			default:
				if asked.expected == before {
					return !answered.refused, asked.made
				}
				return answered.refused || answered.unknown, state
			}
		},
		Hash: func(state interface{}) uint64 { return uint64(state.(int)) * 0x9e3779b97f4a7c15 },
	}
}

func main() {
	initial := missing
	files := os.Args[1:]
	if len(files) > 1 && files[0] == "-initial" {
		if _, err := fmt.Sscan(files[1], &initial); err != nil {
			fail(err)
		}
		files = files[2:]
	}
	for _, file := range files {
		history, err := load(file)
		if err != nil {
			fail(err)
		}
		begin := time.Now()
		// With the longest partial linearizations, since the suite's checker shows its evidence, too.
		result, _ := porcupine.CheckOperationsVerbose(model(initial), history, timeout)
		fmt.Printf("%s %.6f\n", verdict(result), time.Since(begin).Seconds())
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func verdict(result porcupine.CheckResult) string {
	switch result {
	case porcupine.Ok:
		return "valid"
	case porcupine.Illegal:
		return "invalid"
	default:
		return "unknown"
	}
}

func load(file string) ([]porcupine.Operation, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var history []porcupine.Operation
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	for lines.Scan() {
		var each operation
		if err := json.Unmarshal(lines.Bytes(), &each); err != nil {
			return nil, err
		}
		converted, relevant, err := convert(each)
		if err != nil {
			return nil, err
		}
		if relevant {
			history = append(history, converted)
		}
	}
	return history, lines.Err()
}

// An operation of unknown outcome may take effect at any later time: it returns last of all.
func convert(each operation) (porcupine.Operation, bool, error) {
	mismatch := each.Outcome == "failed" && each.Error == "mismatch"
	unknown := each.Outcome == "unknown"
	relevant := each.Outcome == "ok" || mismatch || (unknown && each.F != "read")
	if !relevant {
		return porcupine.Operation{}, false, nil
	}
	asked := input{key: each.Key}
	answered := output{unknown: unknown, refused: mismatch}
	var err error
	switch each.F {
	case "read":
		asked.kind = read
		answered.value, err = number(each.Value)
	case "write":
		asked.kind = write
		asked.made, err = number(each.Value)
	default:
		asked.kind = cas
		var pair [2]int
		err = json.Unmarshal(each.Value, &pair)
		asked.expected, asked.made = pair[0], pair[1]
	}
	end := int64(math.MaxInt64)
	if !unknown && each.End != nil {
		end = nanoseconds(*each.End)
	}
	return porcupine.Operation{
		ClientId: each.Process,
		Input:    asked,
		Call:     nanoseconds(each.Start),
		Output:   answered,
		Return:   end,
	}, true, err
}

func number(value json.RawMessage) (int, error) {
	if len(value) == 0 || string(value) == "null" {
		return missing, nil
	}
	var parsed int
	err := json.Unmarshal(value, &parsed)
	return parsed, err
}

func nanoseconds(milliseconds float64) int64 { return int64(math.Round(milliseconds * 1e6)) }
