// Package pool runs jobs on a fixed number of workers.
package pool

import "sync"

// Job is a piece of work.
type Job func() error

// Pool has a queue and some workers.
type Pool struct {
	jobs   chan Job
	wait   sync.WaitGroup
	mutex  sync.Mutex
	errors []error
}

// New starts a pool of count workers.
func New(count int) *Pool {
	pool := &Pool{jobs: make(chan Job)}
	for i := 0; i < count; i++ {
		pool.wait.Add(1)
		go pool.work()
	}
	return pool
}

func (pool *Pool) work() {
	defer pool.wait.Done()
	for job := range pool.jobs {
		if err := job(); err != nil {
			pool.mutex.Lock()
			pool.errors = append(pool.errors, err)
			pool.mutex.Unlock()
		}
	}
}

// Close waits for the workers and returns what went wrong.
func (pool *Pool) Close() []error {
	close(pool.jobs)
	pool.wait.Wait()
	return pool.errors
}
