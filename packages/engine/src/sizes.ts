/**
 * VM size names mean a number of cores, an amount of memory and some GPUs. Most names follow Azure's grammar (family,
 * cores, letters, version), the older families do not; those are listed. A name that fits neither has no meaning here.
 */
export interface Size {
  cores: number
  memoryMiB: number
  gpus: number
}

/** `name=cores:GiB[:gpus]` of sizes whose name does not say how many cores they have. */
const listed = new Map<string, Size>(
  [
    'a0=1:0.75 a1=1:1.75 a2=2:3.5 a3=4:7 a4=8:14 a5=2:14 a6=4:28 a7=8:56 a8=8:56 a9=16:112 a10=8:56 a11=16:112',
    'a1_v2=1:2 a2_v2=2:4 a4_v2=4:8 a8_v2=8:16 a2m_v2=2:16 a4m_v2=4:32 a8m_v2=8:64 b1ls=1:0.5 b1s=1:1 b1ms=1:2',
    'b2s=2:4 b2ms=2:8 b4ms=4:16 b8ms=8:32 b12ms=12:48 b16ms=16:64 b20ms=20:80 d1=1:3.5 d2=2:7 d3=4:14 d4=8:28',
    'd11=2:14 d12=4:28 d13=8:56 d14=16:112 d1_v2=1:3.5 d2_v2=2:7 d3_v2=4:14 d4_v2=8:28 d5_v2=16:56 d11_v2=2:14',
    'd12_v2=4:28 d13_v2=8:56 d14_v2=16:112 d15_v2=20:140 f1=1:2 f2=2:4 f4=4:8 f8=8:16 f16=16:32 g1=2:28 g2=4:56',
    'g3=8:112 g4=16:224 g5=32:448 nc6=6:56:1 nc12=12:112:2 nc24=24:224:4 nc24r=24:224:4 nc6_v2=6:112:1',
    'nc12_v2=12:224:2 nc24_v2=24:448:4 nc24r_v2=24:448:4 nc6_v3=6:112:1 nc12_v3=12:224:2 nc24_v3=24:448:4',
    'nc24r_v3=24:448:4 nc4as_t4_v3=4:28:1 nc8as_t4_v3=8:56:1 nc16as_t4_v3=16:110:1 nc64as_t4_v3=64:440:4',
    'nc24ads_a100_v4=24:220:1 nc48ads_a100_v4=48:440:2 nc96ads_a100_v4=96:880:4 nc40ads_h100_v5=40:320:1',
    'nc80adis_h100_v5=80:640:2 nd6s=6:112:1 nd12s=12:224:2 nd24s=24:448:4 nd24rs=24:448:4 nd40rs_v2=40:672:8',
    'nd40s_v2=40:672:8 nd96asr_v4=96:900:8 nd96amsr_a100_v4=96:1900:8 nd96isr_h100_v5=96:1900:8',
    'nd96isr_h200_v5=96:1850:8 nv6=6:56:1 nv12=12:112:2 nv24=24:224:4 nv12s_v3=12:112:1 nv24s_v3=24:224:2',
    'nv48s_v3=48:448:4 nv6ads_a10_v5=6:55:1 nv12ads_a10_v5=12:110:1 nv18ads_a10_v5=18:220:1',
    'nv36ads_a10_v5=36:440:1 nv72ads_a10_v5=72:880:2',
  ].flatMap((line) => line.split(' ').map((entry) => readListed(entry))),
)

/** GiB a core of families that name their cores. */
const memoryPerCore = new Map(
  Object.entries({ a: 4, b: 4, d: 4, e: 8, f: 2, fx: 21, g: 14, h: 8, hb: 4, hc: 8, l: 8, m: 28, dc: 4, ec: 8 }),
)

/** Azure's grammar: family, cores, features, accelerator, version; the constrained form `8-4` has four usable cores. */
const grammar = /^([a-z]{1,2})(\d{1,4})(?:-(\d{1,4}))?[a-z]*(?:_[a-z]\w*)?(?:_v\d+)?$/

/**
 * What a VM size name gives, e.g. `Standard_DS3_v2` → 4 cores, 14336 MiB. Any case, with or without `Standard_`.
 * undefined for a name of no known family.
 */
export function sizeOf(name: string): Size | undefined {
  const bare = name.toLowerCase().replace(/^(standard|basic)_/, '')
  const plain = bare.replace(/^([dfg])s(?=\d)/, '$1')
  const known = listed.get(bare) ?? listed.get(plain) ?? listed.get(plain.replace(/s(?=_v|$)/, ''))
  if (known) return known
  const m = grammar.exec(bare)
  const perCore = memoryPerCore.get(m?.[1] ?? '')
  const cores = Number(m?.[2])
  if (perCore === undefined || !(cores >= 1 && cores <= 1024)) return undefined
  return { cores: Number(m?.[3] ?? cores), memoryMiB: Math.round(cores * perCore * 1024), gpus: 0 }
}

function readListed(entry: string): [string, Size] {
  const [name = '', facts = ''] = entry.split('=')
  const [cores = 1, gib = 1, gpus = 0] = facts.split(':').map(Number)
  return [name, { cores, memoryMiB: Math.round(gib * 1024), gpus }]
}
