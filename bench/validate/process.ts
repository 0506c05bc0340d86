/**
 * One validator in a process of its own. Told to load, it answers how long that took; told a task, how much CPU each
 * validation costs.
 */
import { type Contestant, type Name, open, type Task } from './contestants.ts'

export type Order = { load: Name } | { task: Task; milliseconds: number }

/** Milliseconds of the load, or microseconds of CPU for each validation. */
export type Answer = { ready: number } | { micros: number; errors: number }

let contestant: Contestant = () => 0

const load = async (name: Name): Promise<Answer> => {
  const start = performance.now()
  contestant = await open[name]()
  contestant('Patient')
  return { ready: performance.now() - start }
}

const run = (task: Task, milliseconds: number): Answer => {
  const errors = contestant(task)
  const before = process.cpuUsage()
  const end = performance.now() + milliseconds
  let count = 0
  while (performance.now() < end) {
    contestant(task)
    count += 1
  }
  const { user, system } = process.cpuUsage(before)
  return { micros: (user + system) / count, errors }
}

const obey = async (order: Order): Promise<void> => {
  process.send?.('load' in order ? await load(order.load) : run(order.task, order.milliseconds))
}

process.on('message', (order: Order) => void obey(order))
process.on('disconnect', () => process.exit())
