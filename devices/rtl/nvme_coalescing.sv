// SPDX-License-Identifier: MIT
// Interrupt coalescing of an NVMe controller: so many completion entries, or so long after the first
// (NVM Express Base Specification 1.4c, 5.21.1.8).
//
// Bus: an operation is taken at the rising edge at which op_valid is 1; its answer stands behind that
// edge, with ans_valid. One operation touches one entry of one memory: one a clock. Operations and
// answers are those of model/port/coalescing.h. Time is `now`, a count of ticks that is kept outside
// and never goes back; timers are, too (irq_moderation.sv). rst_n clears the answer only: every entry
// is made valid by OP_RESET.
//
// Not modelled: which vectors coalesce (5.21.1.9: op_bypass), whether entries were taken meanwhile
// (op_unseen).
module nvme_coalescing #(
	parameter int VECTORS = 64,
	parameter int TIME_W  = 56,
	parameter int DUR_W   = 40,
	parameter int COUNT_W = 9,
	localparam int VEC_W  = $clog2(VECTORS)
) (
	input  logic               clk,
	input  logic               rst_n,
	input  logic [COUNT_W-1:0] threshold,      // entries; 0 or 1: no coalescing
	input  logic [DUR_W-1:0]   wait_time,      // 0: no coalescing

	input  logic               op_valid,
	input  logic [1:0]         op,
	input  logic [VEC_W-1:0]   op_vector,
	input  logic               op_bypass,      // ENTRY: signal it alone
	input  logic               op_rearm,       // ENTRY: the time starts anew
	input  logic               op_unseen,      // EXPIRE: entries that the host has not taken
	input  logic [TIME_W-1:0]  now,

	output logic               ans_valid,
	output logic               ans_raise,      // raise the vector ...
	output logic [COUNT_W-1:0] ans_entries,    // ... for so many entries
	output logic               ans_timer_set,  // bring OP_EXPIRE at ans_timer ...
	output logic               ans_timer_clear, // ... or no more
	output logic [TIME_W-1:0]  ans_timer
);
	localparam logic [1:0] OP_RESET = 2'd0, OP_ENTRY = 2'd1, OP_EXPIRE = 2'd2;

	typedef struct packed {
		logic               waiting;   // the vector's timer runs
		logic [COUNT_W-1:0] held;      // entries not yet signalled
	} entry_t;

	localparam int ENTRY_W = 1 + COUNT_W;   // yosys takes no array of structs
	logic [ENTRY_W-1:0] memory [VECTORS];
	entry_t was, next;
	logic   raise, timer_set, timer_clear;
	logic [COUNT_W-1:0] entries;

	always_comb begin
		was = memory[op_vector];
		next = was;
		raise = 1'b0;
		timer_set = 1'b0;
		timer_clear = 1'b0;
		entries = was.held + 1'b1;
		case (op)
		OP_RESET: begin
			next = '0;
			timer_clear = was.waiting;
		end
		OP_ENTRY:
			if (op_bypass || wait_time == '0 || threshold <= 1) begin
				raise = 1'b1;
				entries = 1;
			end else if (entries >= threshold) begin
				raise = 1'b1;
				next = '0;
				timer_clear = was.waiting;
			end else begin
				next.held = entries;
				next.waiting = 1'b1;
				timer_set = op_rearm || !was.waiting;
			end
		default: begin                   // OP_EXPIRE
			raise = op_unseen;
			entries = was.held;
			next = '0;
		end
		endcase
	end

	always_ff @(posedge clk) begin
		if (op_valid)
			memory[op_vector] <= next;
		ans_valid       <= rst_n && op_valid;
		ans_raise       <= rst_n && op_valid && raise;
		ans_entries     <= entries;
		ans_timer_set   <= rst_n && op_valid && timer_set;
		ans_timer_clear <= rst_n && op_valid && timer_clear;
		ans_timer       <= now + {{(TIME_W - DUR_W){1'b0}}, wait_time};
	end

`ifndef SYNTHESIS
	logic [TIME_W-1:0] last;
	always_ff @(posedge clk)
		if (rst_n && op_valid) begin
			assert (op <= OP_EXPIRE) else $error("no such operation");
			assert (int'(op_vector) < VECTORS) else $error("no such vector");
			assert (now >= last) else $error("time went back");
			assert (!(op == OP_EXPIRE && !was.waiting)) else $error("expired, but not set");
			assert (op == OP_RESET || !was.waiting || was.held != '0)
				else $error("a timer for nothing");
			assert (!(timer_set && timer_clear)) else $error("timer both set and cleared");
			assert (!(raise && entries == '0)) else $error("raised for nothing");
			last <= now;
		end else if (!rst_n) begin
			last <= '0;
		end
`endif
endmodule
