package storage

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"

	"keyfob/internal/fault"
)

// maxFrame is the longest message between parent and child, in bytes: the largest secret in base64, and its envelope.
const maxFrame = 256 << 10

// operation is what the child shall do: a closed set.
type operation string

const (
	opLoad   operation = "load"
	opMany   operation = "load-many"
	opSave   operation = "save"
	opDelete operation = "delete"
	opProbe  operation = "probe"
	opClear  operation = "clear"
)

// request is the one message to a child.
type request struct {
	Op          operation `json:"op"`
	Key         string    `json:"key,omitempty"`
	Keys        []string  `json:"keys,omitempty"` // of opMany
	Data        []byte    `json:"data,omitempty"`
	Interactive bool      `json:"interactive,omitempty"` // a prompt may be shown
}

// answer is the one message from a child.
type answer struct {
	Data   []byte       `json:"data,omitempty"`
	Many   [][]byte     `json:"many,omitempty"`   // of opMany, in the order of the keys; null where nothing is kept
	Absent bool         `json:"absent,omitempty"` // fs.ErrNotExist
	Fault  *fault.Error `json:"fault,omitempty"`
}

// writeFrame writes the length of v's JSON in four bytes, big endian, and the JSON.
func writeFrame(w io.Writer, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	length := uint32(len(body)) //nolint:gosec // a frame is far smaller
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(body)), length)
	_, err = w.Write(append(frame, body...))
	return err
}

// readFrame reads what writeFrame wrote, and nothing behind it. Its errors hold nothing of the message.
func readFrame(r io.Reader, v any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return fmt.Errorf("no message: %w", err)
	}
	length := binary.BigEndian.Uint32(head[:])
	if length > maxFrame {
		return fmt.Errorf("a message of %d bytes is too long", length)
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return fmt.Errorf("half a message: %w", err)
	}
	if json.Unmarshal(body, v) != nil {
		return fmt.Errorf("a message of %d bytes that is not ours", length)
	}
	return nil
}
