// A project folder with a .data of its own, in which run.sh starts what is built: the scripts are copied, everything else is linked.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

export function makeProject() {
  const parent = mkdtempSync('/tmp/fa-');
  // The user postgres has to pass through.
  chmodSync(parent, 0o755);
  const folder = join(parent, 'project');
  cpSync(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
  for (const name of ['run.sh', 'faceattendance']) cpSync(join(root, name), join(folder, name));
  for (const name of [
    'src', 'onnx-models', 'FaceAttendance.sln', 'global.json', 'Directory.Build.props', 'Directory.Build.targets',
    'Directory.Packages.props', 'BannedSymbols.txt', '.globalconfig', '.editorconfig', 'package.json', 'package-lock.json', 'node_modules',
  ]) if (existsSync(join(root, name))) symlinkSync(join(root, name), join(folder, name));
  const project = new Project(parent, folder);
  // What is built already counts as up to date, and nobody goes out for weights.
  project.shell(
    'make_data_folder; fingerprint src >.data/built-server; console_fingerprint >.data/built-console; touch .data/weights-tried');
  return project;
}

class Project {
  #started = [];

  constructor(parent, folder) {
    this.parent = parent;
    this.folder = folder;
  }

  /** Starts run.sh as a terminal would, in a process group of its own; by default on a port of the server's choice. */
  run(environment = {}, ...args) {
    const { ConnectionStrings__Default, ASPNETCORE_URLS, ASPNETCORE_ENVIRONMENT, ...own } = process.env;
    const child = spawn(join(this.folder, 'run.sh'), args.length > 0 ? args : ['--urls', 'http://127.0.0.1:0'], {
      env: { ...own, ...environment }, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
    });
    const run = { child, output: '', ended: once(child, 'exit').then(([code]) => code) };
    const changed = new EventTarget();
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', text => {
        run.output += text;
        changed.dispatchEvent(new Event('output'));
      });
    }
    run.ready = () => new Promise((resolve, reject) => {
      const look = () => {
        const found = /is ready[^]*API +(http:\S+)\n/.exec(run.output);
        if (found) resolve(found[1]);
      };
      changed.addEventListener('output', look);
      run.ended.then(code => reject(new Error(`run.sh ended with ${code}:\n${run.output}`)));
      look();
    });
    this.#started.push(run);
    return run;
  }

  /** Stops whatever run.sh is still at work. */
  async stop() {
    for (const run of this.#started) {
      if (run.child.exitCode === null) run.child.kill('SIGTERM');
      await run.ended;
    }
    this.#started = [];
  }

  clusterRuns() {
    return spawnSync(join(this.folder, 'scripts/postgres.sh'), ['status'], { encoding: 'utf8' }).status === 0;
  }

  /** Runs lines of shell with the scripts' functions at hand. */
  shell(lines) {
    const { status, stdout, stderr } = spawnSync(
      'bash', ['-c', `set -euo pipefail; source scripts/setup.sh; source scripts/postgres.sh; ${lines}`],
      { cwd: this.folder, encoding: 'utf8' });
    assert.equal(status, 0, stderr + stdout);
  }

  remove() {
    this.shell('make_data_folder; cluster_remove postgres /var/lib');
    rmSync(this.parent, { recursive: true });
  }
}
