// SPDX-License-Identifier: MIT
// Interrupt moderation: for each vector a least gap between two messages (82599 datasheet 7.3.2.1) and,
// with `batching`, a count or a timeout that a batch of packets waits for.
//
// Bus: an operation is taken at the rising edge at which op_valid is 1; its answer stands behind that
// edge, with ans_valid. One operation touches one entry of one memory: one a clock, no other latency.
// Operations and answers are those of model/port/moderation.h. `now` is a free-running count of ticks
// that is kept outside and never goes back; the block needs no clock between operations. A timer that
// an answer sets is kept outside, too (one a vector: timer wheel, heap, scanner); when it is due,
// OP_EXPIRE comes back. rst_n clears the answer only: every entry is made valid by OP_RESET.
//
// Not modelled: causes and masks (op_active says that the vector has an enabled cause), packet timers,
// watermarks.
module irq_moderation #(
	parameter int VECTORS = 64,
	parameter int TIME_W  = 56,
	parameter int DUR_W   = 40,
	parameter int BATCH_W = 32,
	localparam int VEC_W  = $clog2(VECTORS)
) (
	input  logic               clk,
	input  logic               rst_n,
	input  logic               batching,
	input  logic [BATCH_W-1:0] batch_limit,
	input  logic [DUR_W-1:0]   batch_timeout,    // 0: none

	input  logic               op_valid,
	input  logic [2:0]         op,
	input  logic [VEC_W-1:0]   op_vector,
	input  logic               op_active,        // EXPIRE, PACKETS: a message may be sent
	input  logic               op_load_counter,  // LOAD
	input  logic [DUR_W-1:0]   op_interval,      // RESET, LOAD
	input  logic [DUR_W-1:0]   op_counter,       // LOAD
	input  logic [BATCH_W-1:0] op_packets,       // PACKETS
	input  logic [TIME_W-1:0]  now,

	output logic               ans_valid,
	output logic               ans_send,         // send the vector's message
	output logic               ans_timed_out,    // what it signals was ripe by the timeout
	output logic               ans_held,         // a message waits for ans_due from now on
	output logic               ans_ripened,      // the batch became ripe
	output logic [1:0]         ans_ripe,         // is it, and by what; before ans_send
	output logic [BATCH_W-1:0] ans_batch,        // packets of the batch, before ans_send
	output logic               ans_timer_set,    // bring OP_EXPIRE at ans_timer ...
	output logic               ans_timer_clear,  // ... or no more
	output logic [TIME_W-1:0]  ans_timer,
	output logic [TIME_W-1:0]  ans_due           // from here on the next message may go
);
	localparam logic [2:0] OP_RESET   = 3'd0, OP_LOAD    = 3'd1, OP_REQUEST = 3'd2,
			       OP_EXPIRE  = 3'd3, OP_PACKETS = 3'd4, OP_AT_ONCE = 3'd5,
			       OP_CLEAR   = 3'd6, OP_RELEASE = 3'd7;
	localparam logic [1:0] RIPE_NOT = 2'd0, RIPE_COUNT = 2'd1, RIPE_TIMEOUT = 2'd2,
			       RIPE_AT_ONCE = 2'd3;

	typedef struct packed {
		logic               waiting;   // the vector's timer runs
		logic [1:0]         ripe;
		logic [BATCH_W-1:0] batch;
		logic [DUR_W-1:0]   interval;
		logic [TIME_W-1:0]  due;
	} entry_t;

	localparam int ENTRY_W = 3 + BATCH_W + DUR_W + TIME_W;   // yosys takes no array of structs
	logic [ENTRY_W-1:0] memory [VECTORS];
	entry_t was, next;
	logic   request, request_always, send, held, ripened, timer_set, timer_clear;
	logic [TIME_W-1:0]  timer;
	logic [BATCH_W-1:0] grown, batch;        // batch, ripe: before a message takes them
	logic [1:0]         ripe;

	// What the operation says about the entry; whether a message is then asked for.
	always_comb begin
		was = memory[op_vector];
		next = was;
		request = 1'b0;
		request_always = 1'b0;
		ripened = 1'b0;
		timer_set = 1'b0;
		timer_clear = 1'b0;
		timer = was.due;
		grown = was.batch + op_packets;
		unique case (op)
		OP_RESET: begin
			next = '0;
			next.interval = op_interval;
			next.due = now;
			timer_clear = was.waiting;
		end
		OP_LOAD: begin
			next.interval = op_interval;
			if (op_interval == '0)
				next.due = now;
			else if (op_load_counter)
				next.due = now + {{(TIME_W - DUR_W){1'b0}}, op_counter};
			timer_set = was.waiting && (op_interval == '0 || op_load_counter);
			timer = next.due;
		end
		OP_REQUEST:
			request = op_active && !was.waiting && !(batching && was.ripe == RIPE_NOT);
		OP_EXPIRE: begin
			next.waiting = 1'b0;
			request = op_active;
			request_always = !(batching && was.ripe == RIPE_NOT);
			if (batching && was.ripe == RIPE_NOT) begin
				next.ripe = RIPE_TIMEOUT;
				ripened = 1'b1;
			end
		end
		OP_PACKETS: begin
			next.batch = grown;
			if (was.ripe == RIPE_NOT && grown >= batch_limit) begin
				next.ripe = RIPE_COUNT;
				ripened = 1'b1;
				timer_clear = was.waiting;
				next.waiting = 1'b0;
				request = op_active;
			end else if (was.ripe == RIPE_NOT && was.batch == '0 && batch_timeout != '0) begin
				next.waiting = 1'b1;
				timer_set = 1'b1;
				timer = now + {{(TIME_W - DUR_W){1'b0}}, batch_timeout};
			end
		end
		OP_AT_ONCE:
			if (was.ripe == RIPE_NOT) begin
				next.ripe = RIPE_AT_ONCE;
				ripened = 1'b1;
				timer_clear = was.waiting;
				next.waiting = 1'b0;
			end
		OP_CLEAR: begin
			next.ripe = RIPE_NOT;
			next.batch = '0;
			timer_clear = was.waiting;
			next.waiting = 1'b0;
		end
		OP_RELEASE:
			if (now < was.due)
				next.due = now;
		endcase

		// A message that is asked for goes now, or when the gap is over.
		send = request && (request_always || now >= was.due);
		held = request && !send;
		batch = next.batch;
		ripe = next.ripe;
		if (held) begin
			next.waiting = 1'b1;
			timer_set = 1'b1;
			timer = was.due;
		end
		if (send) begin
			next.due = now + {{(TIME_W - DUR_W){1'b0}}, was.interval};
			if (batching) begin
				next.ripe = RIPE_NOT;
				next.batch = '0;
			end
		end
	end

	always_ff @(posedge clk) begin
		if (op_valid)
			memory[op_vector] <= next;
		ans_valid       <= rst_n && op_valid;
		ans_send        <= rst_n && op_valid && send;
		ans_timed_out   <= batching && ripe == RIPE_TIMEOUT;
		ans_held        <= rst_n && op_valid && held;
		ans_ripened     <= rst_n && op_valid && ripened;
		ans_ripe        <= ripe;
		ans_batch       <= batch;
		ans_timer_set   <= rst_n && op_valid && timer_set;
		ans_timer_clear <= rst_n && op_valid && timer_clear;
		ans_timer       <= timer;
		ans_due         <= next.due;
	end

`ifndef SYNTHESIS
	logic [TIME_W-1:0] last;
	always_ff @(posedge clk)
		if (rst_n && op_valid) begin
			assert (int'(op_vector) < VECTORS) else $error("no such vector");
			assert (now >= last) else $error("time went back");
			assert (!(op == OP_EXPIRE && !was.waiting)) else $error("expired, but not set");
			assert (!(timer_set && timer_clear)) else $error("timer both set and cleared");
			assert (!(timer_set && op != OP_LOAD && timer < now))
				else $error("timer in the past");
			assert (!(send && !op_active)) else $error("message without a cause");
			assert (!(send && next.due < now)) else $error("time is over");
			assert (!(op == OP_PACKETS && !batching)) else $error("packets without batching");
			last <= now;
		end else if (!rst_n) begin
			last <= '0;
		end
`endif
endmodule
