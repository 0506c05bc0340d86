import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isHeld, LockHeld, readHolder, takeLock } from '../../src/lock.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-lock-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const path = () => join(directory, 'lock')

/** A lock file of this very machine, with another process in it. */
const leave = async (change: object): Promise<void> => {
  const lock = await takeLock(directory, 'gateway')
  const own = JSON.parse(await readFile(path(), 'utf8')) as object
  await lock.release()
  await writeFile(path(), `${JSON.stringify({ ...own, ...change })}\n`)
}

const deadProcess = async (): Promise<number> => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'close')
  return child.pid ?? 0
}

describe('the lock of a data directory', () => {
  it('is held by one, and free again when it is released', async () => {
    const lock = await takeLock(directory, 'gateway')
    await expect(takeLock(directory, 'command')).rejects.toThrow(LockHeld)
    await expect(takeLock(directory, 'command')).rejects.toThrow(`process ${process.pid} (a running gateway)`)
    await lock.release()
    expect(await isHeld(directory)).toBe(false)
    await (await takeLock(directory, 'command')).release()
    expect(await readdir(directory)).toEqual([])
  })

  it('goes to exactly one of many that take it at the same time from a dead one', async () => {
    await leave({ pid: await deadProcess() })
    const taken = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(directory, 'gateway')))
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('goes to exactly one of several processes, time after time', async () => {
    const script = `import { takeLock } from ${JSON.stringify(new URL('../../src/lock.ts', import.meta.url).href)}
      await takeLock(${JSON.stringify(directory)}, 'gateway').then(() => console.log('taken'), () => console.log('held'))
      setTimeout(() => undefined, 60_000)`
    for (let round = 0; round < 3; round++) {
      await leave({ pid: await deadProcess() })
      const children = Array.from({ length: 4 }, () =>
        spawn(process.execPath, ['--input-type=module', '-e', script]),
      )
      const said = await Promise.all(
        children.map(async (child) => String((await once(child.stdout, 'data'))[0])),
      )
      for (const child of children) child.kill('SIGKILL')
      await Promise.all(children.map((child) => once(child, 'close')))
      expect(said.filter((text) => text.startsWith('taken'))).toHaveLength(1)
      await rm(path(), { force: true })
    }
  }, 60_000)

  it('is taken from a process that is gone, or whose pid is somebody else by now', async () => {
    await leave({ pid: await deadProcess() })
    await (await takeLock(directory, 'gateway')).release()
    await leave({ started: '1' })
    await (await takeLock(directory, 'gateway')).release()
  })

  it.each(['', '{"pid":', 'nonsense\n', '{}\n'])('is taken where the file says %j', async (text) => {
    await writeFile(path(), text)
    expect(await readHolder(directory)).toBeUndefined()
    await (await takeLock(directory, 'gateway')).release()
  })

  it('of another container is believed while its file is touched', async () => {
    await leave({ place: 'elsewhere', pid: 1 })
    const beating = setInterval(() => void utimes(path(), new Date(), new Date()), 200)
    await expect(takeLock(directory, 'gateway')).rejects.toThrow('in another container')
    clearInterval(beating)
    await utimes(path(), new Date(), new Date(Date.now() - 60_000))
    await (await takeLock(directory, 'gateway')).release()
    expect(existsSync(path())).toBe(false)
  })
})
