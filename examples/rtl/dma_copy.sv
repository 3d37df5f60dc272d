// SPDX-License-Identifier: MIT
// A small device of a user's own: copies memory, eight bytes at a time. Registers are an AXI4-Lite slave
// of 32-bit words, memory is reached by a port with one request outstanding, the end is told by `irq`.
//
//   0x00 SOURCE low   0x04 SOURCE high   0x08 TARGET low   0x0c TARGET high
//   0x10 LENGTH       bytes, a multiple of 8
//   0x14 CONTROL      1: start (ignored while busy)
//   0x18 STATUS       bit 0 busy, bit 1 done, bit 2 error; writing a 1 to bit 1 clears it and irq
//   0x1c IDENTITY     0xd0c0_9001
//
// Memory port: a request is taken when mem_valid and mem_ready are 1; its answer comes with mem_done, for
// reads with mem_rdata, with mem_error if there is no such memory.
//
// Not modelled: bursts, byte enables (WSTRB is taken as all ones), write responses other than OKAY.
module dma_copy (
	input  logic        clk,
	input  logic        rst_n,

	input  logic        awvalid,
	output logic        awready,
	input  logic [7:0]  awaddr,
	input  logic        wvalid,
	output logic        wready,
	input  logic [31:0] wdata,
	output logic        bvalid,
	input  logic        bready,
	input  logic        arvalid,
	output logic        arready,
	input  logic [7:0]  araddr,
	output logic        rvalid,
	input  logic        rready,
	output logic [31:0] rdata,

	output logic        mem_valid,
	input  logic        mem_ready,
	output logic        mem_write,
	output logic [63:0] mem_address,
	output logic [63:0] mem_wdata,
	input  logic        mem_done,
	input  logic        mem_error,
	input  logic [63:0] mem_rdata,

	output logic        irq,
	output logic        busy
);
	typedef enum logic [1:0] { IDLE, ASK, WAIT } state_t;

	state_t      state;
	logic [63:0] source, target;
	logic [31:0] length;
	logic        failed, start, clear, write_now;

	assign awready = write_now;
	assign wready = write_now;
	assign write_now = awvalid && wvalid && !bvalid;
	assign arready = !rvalid;
	assign busy = state != IDLE;
	assign mem_valid = state == ASK;
	assign mem_address = mem_write ? target : source;
	assign start = write_now && awaddr[7:2] == 6'd5 && wdata[0] && state == IDLE;
	assign clear = write_now && awaddr[7:2] == 6'd6 && wdata[1];

	// The registers' side.
	always_ff @(posedge clk)
		if (!rst_n) begin
			bvalid <= 1'b0;
			rvalid <= 1'b0;
			rdata <= '0;
		end else begin
			if (write_now)
				bvalid <= 1'b1;
			else if (bready)
				bvalid <= 1'b0;
			if (arvalid && arready) begin
				rvalid <= 1'b1;
				case (araddr[7:2])
				6'd0: rdata <= source[31:0];
				6'd1: rdata <= source[63:32];
				6'd2: rdata <= target[31:0];
				6'd3: rdata <= target[63:32];
				6'd4: rdata <= length;
				6'd6: rdata <= {29'd0, failed, irq, busy};
				6'd7: rdata <= 32'hd0c0_9001;
				default: rdata <= '0;
				endcase
			end else if (rready) begin
				rvalid <= 1'b0;
			end
		end

	// The copying itself.
	always_ff @(posedge clk)
		if (!rst_n) begin
			state <= IDLE;
			source <= '0;
			target <= '0;
			length <= '0;
			failed <= 1'b0;
			irq <= 1'b0;
			mem_write <= 1'b0;
			mem_wdata <= '0;
		end else begin
			if (clear)
				irq <= 1'b0;
			if (write_now && state == IDLE)
				case (awaddr[7:2])
				6'd0: source[31:0] <= wdata;
				6'd1: source[63:32] <= wdata;
				6'd2: target[31:0] <= wdata;
				6'd3: target[63:32] <= wdata;
				6'd4: length <= {wdata[31:3], 3'd0};
				default: ;
				endcase
			case (state)
			IDLE:
				if (start) begin
					failed <= 1'b0;
					mem_write <= 1'b0;
					if (length == '0)
						irq <= 1'b1;
					else
						state <= ASK;
				end
			ASK:
				if (mem_ready)
					state <= WAIT;
			default:
				if (mem_done && mem_error) begin
					failed <= 1'b1;
					irq <= 1'b1;
					state <= IDLE;
				end else if (mem_done && !mem_write) begin
					mem_wdata <= mem_rdata;
					mem_write <= 1'b1;
					state <= ASK;
				end else if (mem_done) begin
					mem_write <= 1'b0;
					source <= source + 8;
					target <= target + 8;
					length <= length - 8;
					state <= length == 8 ? IDLE : ASK;
					if (length == 8)
						irq <= 1'b1;
				end
			endcase
		end

	logic unused;
	assign unused = &{1'b0, awaddr[1:0], araddr[1:0]};
endmodule
