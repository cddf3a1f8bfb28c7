package wire

// Latest puts v into c, which has room for one value. A value that nobody has fetched is dropped.
func Latest[T any](c chan T, v T) {
	for {
		select {
		case c <- v:
			return
		default:
		}
		select {
		case <-c:
		default:
		}
	}
}
