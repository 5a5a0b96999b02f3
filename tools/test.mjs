// `npm test`: installs what is missing, then checks types, format and every unit test. Arguments go to vitest.
import { bundle, install, run } from './setup.mjs'

install()
const filters = process.argv.slice(2)
if (filters.length === 0) {
  run('npx', ['tsc', '-p', 'tsconfig.json'])
  run('npx', ['biome', 'check', '.'])
}
bundle()
run('npx', ['vitest', 'run', '--project', 'unit', ...filters])
