/** Variables that children get: what Python, its downloads and its devices need, and nothing else of the editor's. */
const allowed = [
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|TZ|TMPDIR|TEMP|TMP)$/,
  /^(?:SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA|USERPROFILE|PROGRAMDATA)$/i,
  /^LC_/,
  /^(?:CUDA|NVIDIA|NCCL|ROCR|HIP|HSA|TORCH|PYTORCH|ATEN|OMP|GOMP|KMP|MKL|DNNL|ONEDNN|OPENBLAS)_/,
  /^(?:HF|HUGGINGFACE|TRANSFORMERS|TRITON)_/,
  /^(?:https?|no|all)_proxy$/i,
  /^(?:SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)$/,
  /^(?:LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|CONDA_PREFIX|PYENV_ROOT|PYENV_VERSION|XDG_CACHE_HOME|XDG_CONFIG_HOME|XDG_DATA_HOME)$/,
];

const forPip = [/^PIP_/, /^NETRC$/, /^XDG_CONFIG_DIRS$/];

/** The environment of a child: the allowed variables of this process and `own`, which wins. */
export function childEnvironment(
  own: Readonly<Record<string, string>>,
  purpose: 'run' | 'install' = 'run',
): Record<string, string> {
  const rules = purpose === 'install' ? [...allowed, ...forPip] : allowed;
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env))
    if (value !== undefined && rules.some((rule) => rule.test(name))) kept[name] = value;
  return { ...kept, ...own };
}

/** What every start of the shipped Python package needs; recorded in run.json, so never a secret. */
export function trainerVariables(trainerFolder: string, threads?: number): Record<string, string> {
  return {
    PYTHONPATH: trainerFolder,
    PYTHONUNBUFFERED: '1',
    TOKENIZERS_PARALLELISM: 'false',
    ...(threads === undefined ? {} : { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) }),
    ...(process.env.HF_HUB_OFFLINE ? { HF_HUB_OFFLINE: process.env.HF_HUB_OFFLINE } : {}),
  };
}
