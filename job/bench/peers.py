#!/usr/bin/env python3
"""One peer on the work of `scriptorium bench`: so many unconditional samples of so many tokens, top-k 40, or scoring.

    peers.py openvino|ctranslate2|llama|hf --model DIR [--sequences N] [--new-tokens N] [--type f32|int8|q8_0] [--cache f32|default] [--score]

DIR has config.json, model.safetensors and the tokenizer (encoder.json + vocab.bpe, or vocab.json + merges.txt). What a peer
needs converted is kept in DIR/.peers. The time is that of generating or scoring alone, after a short first call. Prints one
line of JSON. The packages are those of requirements.txt.
"""
import argparse, json, os, random, shutil, subprocess, sys, time

END = 50256


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", choices=["openvino", "ctranslate2", "llama", "hf"])
    parser.add_argument("--cache", default="f32", choices=["f32", "default"],
                        help="type of OpenVINO's KV cache; its default is u8 on most processors")
    parser.add_argument("--model", required=True)
    parser.add_argument("--sequences", type=int, default=32)
    parser.add_argument("--new-tokens", type=int, default=256)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--type", default="f32")
    parser.add_argument("--score", action="store_true")
    return parser.parse_args()


def beside(model, name):
    folder = os.path.join(model, ".peers")
    os.makedirs(folder, exist_ok=True)
    for ours, theirs in (("encoder.json", "vocab.json"), ("vocab.bpe", "merges.txt")):
        if os.path.exists(os.path.join(model, ours)) and not os.path.exists(os.path.join(model, theirs)):
            shutil.copy(os.path.join(model, ours), os.path.join(model, theirs))
    return os.path.join(folder, name)


def texts(a):
    """The texts to score: random ids, as `scriptorium bench --score` scores them."""
    rng = random.Random(0)
    return [[rng.randrange(END) for _ in range(a.new_tokens)] for _ in range(a.sequences)]


def hf(a):
    import torch
    from transformers import GPT2LMHeadModel
    torch.set_num_threads(a.threads)
    model = GPT2LMHeadModel.from_pretrained(a.model, dtype=torch.float32).eval()
    with torch.inference_mode():
        if a.score:
            ids, tokens = torch.tensor(texts(a)), 0
            start = time.time()
            for i in range(0, a.sequences, 4):
                p = torch.log_softmax(model(ids[i:i + 4]).logits[:, :-1], -1).gather(-1, ids[i:i + 4, 1:, None])
                tokens += p.numel()
            return tokens, time.time() - start
        prompt = torch.full((a.sequences, 1), END)
        how = dict(do_sample=True, top_k=40, eos_token_id=-1, pad_token_id=END)
        model.generate(prompt[:2], max_new_tokens=8, **how)
        start = time.time()
        out = model.generate(prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=a.new_tokens, **how)
        return (out.shape[1] - 1) * a.sequences, time.time() - start


def ctranslate2(a):
    import ctranslate2
    folder = beside(a.model, "ctranslate2")
    if not os.path.exists(folder):
        converter = os.path.join(os.path.dirname(sys.executable), "ct2-transformers-converter")
        subprocess.check_call([converter, "--model", a.model, "--output_dir", folder], stdout=sys.stderr)
    kind = {"f32": "float32"}.get(a.type, a.type)
    model = ctranslate2.Generator(folder, device="cpu", compute_type=kind, inter_threads=a.threads, intra_threads=1)
    if a.score:
        names = {i: name for name, i in json.load(open(os.path.join(a.model, "vocab.json"))).items()}
        named = [[names[i] for i in text] for text in texts(a)]
        model.score_batch(named[:2], max_batch_size=2)
        start = time.time()
        scores = model.score_batch(named, max_batch_size=4)
        return sum(len(s.log_probs) for s in scores), time.time() - start
    prompts = [["<|endoftext|>"]] * a.sequences
    model.generate_batch(prompts[:2], max_length=8, sampling_topk=40)
    start = time.time()
    out = model.generate_batch(prompts, max_length=a.new_tokens, min_length=a.new_tokens, sampling_topk=40,
                               include_prompt_in_result=False, max_batch_size=max(1, a.sequences // a.threads))
    return sum(len(o.sequences_ids[0]) for o in out), time.time() - start


def gguf_file(a):
    """The model as GGUF, written tensor by tensor: llama.cpp's own converter wants files of a hub."""
    import gguf, numpy as np
    from safetensors.numpy import load_file
    path = beside(a.model, f"model-{a.type}.gguf")
    if os.path.exists(path):
        return path
    config = json.load(open(os.path.join(a.model, "config.json")))
    tensors = {k.removeprefix("transformer."): v for k, v in load_file(os.path.join(a.model, "model.safetensors")).items()}
    quantization = {"f32": None, "q8_0": gguf.GGMLQuantizationType.Q8_0}[a.type]
    out = gguf.GGUFWriter(path + ".part", "gpt2")
    out.add_block_count(config["n_layer"]); out.add_context_length(config["n_positions"])
    out.add_embedding_length(config["n_embd"]); out.add_feed_forward_length(4 * config["n_embd"])
    out.add_head_count(config["n_head"]); out.add_layer_norm_eps(config["layer_norm_epsilon"])
    vocab = sorted(json.load(open(os.path.join(a.model, "vocab.json"))).items(), key=lambda pair: pair[1])
    merges = open(os.path.join(a.model, "merges.txt"), encoding="utf-8").read().split("\n")[1:]
    out.add_tokenizer_model("gpt2"); out.add_tokenizer_pre("gpt-2"); out.add_bos_token_id(END); out.add_eos_token_id(END)
    out.add_token_list([name for name, _ in vocab]); out.add_token_types([1] * END + [3])
    out.add_token_merges([merge for merge in merges if merge])

    def add(name, tensor):
        tensor = np.ascontiguousarray(tensor, dtype=np.float32)
        if tensor.ndim == 2 and quantization is not None and name != "position_embd.weight":
            out.add_tensor(name, gguf.quantize(tensor, quantization), raw_dtype=quantization)
        else:
            out.add_tensor(name, tensor)

    add("token_embd.weight", tensors["wte.weight"]); add("position_embd.weight", tensors["wpe.weight"])
    for i in range(config["n_layer"]):
        for theirs, name in (("attn_norm", "ln_1"), ("ffn_norm", "ln_2")):
            for part in ("weight", "bias"):
                add(f"blk.{i}.{theirs}.{part}", tensors[f"h.{i}.{name}.{part}"])
        for theirs, name in (("attn_qkv", "attn.c_attn"), ("attn_output", "attn.c_proj"), ("ffn_up", "mlp.c_fc"), ("ffn_down", "mlp.c_proj")):
            add(f"blk.{i}.{theirs}.weight", tensors[f"h.{i}.{name}.weight"].T)
            add(f"blk.{i}.{theirs}.bias", tensors[f"h.{i}.{name}.bias"])
    add("output_norm.weight", tensors["ln_f.weight"]); add("output_norm.bias", tensors["ln_f.bias"])
    out.write_header_to_file(); out.write_kv_data_to_file(); out.write_tensors_to_file(); out.close()
    os.rename(path + ".part", path)
    return path


def llama(a):
    import llama_cpp as c
    c.llama_backend_init()
    model = c.llama_model_load_from_file(gguf_file(a).encode(), c.llama_model_default_params())

    def context(sequences, tokens):
        params = c.llama_context_default_params()
        params.n_ctx, params.n_seq_max, params.kv_unified = sequences * tokens, sequences, False
        params.n_batch, params.n_ubatch, params.n_threads, params.n_threads_batch = 2048, 512, a.threads, a.threads
        return c.llama_init_from_model(model, params)

    batch = c.llama_batch_init(2048, 0, 1)

    def put(i, token, position, sequence):
        batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, position, 1, 1
        batch.seq_id[i][0] = sequence

    if a.score:  # logits only: the log-softmax on top is not counted against it
        at_once = max(1, 2048 // a.new_tokens)
        ctx, all_texts = context(at_once, a.new_tokens), texts(a)
        start = time.time()
        for first in range(0, a.sequences, at_once):
            c.llama_memory_clear(c.llama_get_memory(ctx), True)
            some = all_texts[first:first + at_once]
            batch.n_tokens = len(some) * a.new_tokens
            for s, text in enumerate(some):
                for position, token in enumerate(text):
                    put(s * a.new_tokens + position, token, position, s)
            assert c.llama_decode(ctx, batch) == 0
        return a.sequences * a.new_tokens, time.time() - start
    ctx = context(a.sequences, a.new_tokens + 1)
    sampler = c.llama_sampler_chain_init(c.llama_sampler_chain_default_params())
    c.llama_sampler_chain_add(sampler, c.llama_sampler_init_top_k(40))
    c.llama_sampler_chain_add(sampler, c.llama_sampler_init_dist(1))
    now, start = [END] * a.sequences, time.time()
    for position in range(a.new_tokens):
        batch.n_tokens = a.sequences
        for i in range(a.sequences):
            put(i, now[i], position, i)
        assert c.llama_decode(ctx, batch) == 0
        now = [c.llama_sampler_sample(sampler, ctx, i) for i in range(a.sequences)]
    return a.sequences * a.new_tokens, time.time() - start


def openvino(a):
    import numpy as np, openvino as ov, openvino_genai as genai
    if a.score:
        sys.exit("openvino: GenAI does not score given texts")
    weights = {"f32": "fp32"}.get(a.type, a.type)
    folder = beside(a.model, "openvino" if a.type == "f32" else "openvino-" + a.type)
    if not os.path.exists(folder):
        exporter = os.path.join(os.path.dirname(sys.executable), "optimum-cli")
        subprocess.check_call([exporter, "export", "openvino", "--model", a.model, "--task", "text-generation-with-past",
                               "--weight-format", weights, folder], stdout=sys.stderr)
    scheduler = genai.SchedulerConfig()
    scheduler.max_num_seqs, scheduler.max_num_batched_tokens, scheduler.cache_size = a.sequences, 2048, 4
    scheduler.enable_prefix_caching = False
    properties = {"INFERENCE_PRECISION_HINT": "f32"}
    if a.cache == "f32":
        properties["KV_CACHE_PRECISION"] = "f32"
    pipe = genai.ContinuousBatchingPipeline(folder, scheduler, "CPU", properties)
    how = genai.GenerationConfig()
    how.ignore_eos, how.do_sample, how.top_k, how.rng_seed = True, True, 40, 1
    prompt = ov.Tensor(np.array([[END]], dtype=np.int64))
    how.max_new_tokens = 8
    pipe.generate([prompt] * 2, [how] * 2)
    how.max_new_tokens = a.new_tokens
    start = time.time()
    out = pipe.generate([prompt] * a.sequences, [how] * a.sequences)
    return sum(len(o.m_generation_ids[0]) for o in out), time.time() - start


def main():
    a = arguments()
    beside(a.model, "")
    tokens, seconds = {"hf": hf, "ctranslate2": ctranslate2, "llama": llama, "openvino": openvino}[a.engine](a)
    shape = f"{a.sequences}x{a.new_tokens}"
    work = f"score {shape}" if a.score else f"generate {shape} top-k 40"
    print(json.dumps({"engine": a.engine, "type": a.type, "work": work, "tokens": tokens, "seconds": round(seconds, 2),
                      "tokens_per_second": round(tokens / seconds, 1)}), flush=True)


main()
